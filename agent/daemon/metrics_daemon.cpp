// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/metrics_parts.h"

namespace harden::daemon {

void add_http(Families& families, const HttpCounters& counters) {
  auto answers = counter("hardend_http_requests_total", "Requests answered, by the hundreds of their status.");
  for (std::size_t hundreds = 2; hundreds < counters.answers.size(); ++hundreds) {
    answers.series(static_cast<double>(counters.answers[hundreds]), {{"code", std::to_string(hundreds) + "xx"}});
  }
  families.push_back(answers.take());
  families.push_back(
      counter("hardend_http_connections_refused_total", "Connections refused: one user's too many, or too many in all.")
          .series(static_cast<double>(counters.refused_user), {{"reason", "user"}})
          .series(static_cast<double>(counters.refused_total), {{"reason", "total"}})
          .take());
  const auto total = [&](const char* name, const char* help, std::uint64_t value) {
    families.push_back(counter(name, help).series(static_cast<double>(value)).take());
  };
  total("hardend_http_connections_total", "Connections taken.", counters.accepted);
  total("hardend_http_connections_evicted_total", "Idle or slow connections closed to make room.", counters.evicted);
  total("hardend_http_timeouts_total", "Requests and answers that took a client too long.", counters.timeouts);
  total("hardend_http_streams_lost_total", "Subscribers to events that were too slow.", counters.streams_lost);
  const auto now = [&](const char* name, const char* help, std::size_t value) {
    families.push_back(gauge(name, help).series(static_cast<double>(value)).take());
  };
  now("hardend_http_connections", "Connections that are open.", counters.connections);
  now("hardend_http_streams", "Subscribers to events.", counters.streams);
}

void add_service(Families& families, const answer::Service& service) {
  families.push_back(gauge("hardend_enforcing", "Whether drift is put back unasked.")
                         .series(service.mode == "enforce" ? 1 : 0)
                         .take());
  families.push_back(gauge("hardend_troubles", "Troubles of the daemon itself; hardenctl status has them in words.")
                         .series(static_cast<double>(service.troubles.size()))
                         .take());
  // Not the usual process_start_time_seconds: node_exporter, which reads the text
  // file, has that for itself.
  families.push_back(gauge("hardend_start_time_seconds", "When the daemon was started, in seconds since 1970.")
                         .series(static_cast<double>(service.since) / 1e3)
                         .take());
  auto watchers = gauge("hardend_watcher_up", "Whether what changes is told at once; else the slow sweep finds it.");
  bool any = false;
  for (const auto& each : service.watchers) {
    if (each.state == answer::Watcher::State::absent) continue;
    watchers.series(each.state == answer::Watcher::State::watching ? 1 : 0, {{"watcher", each.name}});
    any = true;
  }
  if (any) families.push_back(watchers.take());
}

}  // namespace harden::daemon
