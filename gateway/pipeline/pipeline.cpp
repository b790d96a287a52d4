#include "gateway/pipeline/resource_metadata.h"
#include "gateway/pipeline/stages.h"

namespace gateway::pipeline {
namespace {

// The order is the policy, and each line says why it stands where it stands.
constexpr Stage order[] = {
    {"challenge", answerChallenge}, // an authority asks whether a domain leads here; no route is about that
    {"metadata", answerMetadata},   // what everybody may know of the gateway itself
    {"route", findRoute},           // everything after depends on what the route asks for
    {"redirect", redirect},         // a key that came in the clear must not be taken
    {"authenticate", authenticate}, // who
    {"authorize", authorize},       // may they
    {"limit", admit}, // how much: counted per caller, so after who; not for callers who may not anyway
};                    // then the action; record runs after the last, whatever happened

} // namespace

std::span<const Stage> stages() {
    return order;
}

} // namespace gateway::pipeline
