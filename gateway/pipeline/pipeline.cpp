#include "gateway/pipeline/stages.h"

namespace gateway::pipeline {
namespace {

// The order is the policy, and each line says why it stands where it stands.
constexpr Stage order[] = {
    {"route", findRoute},           // everything after depends on what the route asks for
    {"authenticate", authenticate}, // who
    {"authorize", authorize},       // may they
    {"limit", admit}, // how much: counted per caller, so after who; not for callers who may not anyway
};                    // then the action; record runs after the last, whatever happened

} // namespace

std::span<const Stage> stages() {
    return order;
}

} // namespace gateway::pipeline
