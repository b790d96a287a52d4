#pragma once

#include "gateway/http/head.h"
#include "gateway/net/network.h"

#include <string>
#include <string_view>
#include <vector>

namespace gateway::pipeline {

/// Where a request came from, as far as proxies in front of the gateway may be believed.
struct Origin {
    std::string client; ///< address; empty: nobody said anything that can be believed
    std::string scheme; ///< "http" or "https" as the client came; empty: not said
    std::string host;   ///< that the client asked for; empty: not said
    // The way from the client to the gateway's peer, the latter not included, to be continued.
    std::string forwarded;    ///< elements of Forwarded
    std::string forwardedFor; ///< elements of X-Forwarded-For

    void clear();
};

/// Reads Forwarded (RFC 7239) and X-Forwarded-For, -Proto and -Host of a request from `peer`, who is believed
/// if `trusted` has it. The way is followed from the gateway outwards for as long as each one is trusted: the
/// first address that is not is the client, and what it said itself is not looked at. An element that is no
/// address ends the way, too. A request that has both forms and leads to different clients by them is not
/// believed at all: a proxy that writes one and lets the other pass would let clients choose who they are.
/// X-Forwarded-Proto and -Host count by their last element, and only where Forwarded is not there.
void readOrigin(Origin& origin, const http::RequestHead& head, std::string_view peer,
                const std::vector<net::Network>& trusted);

} // namespace gateway::pipeline
