// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/daemon.h"

#include <grp.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "agent/core/system_error.h"
#include "agent/core/text.h"
#include "agent/daemon/log.h"
#include "agent/daemon/service.h"

namespace harden::daemon {
namespace {

constexpr const char* kGroup = "hardend";  // systemd-sysusers makes it
// For answers that are under way when it is told to stop; the unit gives it more.
constexpr std::chrono::seconds kLastWords(10);

HttpLimits limits_of(const Limits& limits) {
  HttpLimits http;
  http.connections = limits.connections;
  http.user_connections = limits.user_connections;
  http.body = limits.body;
  http.head_time = limits.request;
  http.idle_time = limits.idle;
  return http;
}

// Where the group is not there the socket is root's alone; Access says so.
std::string group_of_socket() { return ::getgrnam(kGroup) == nullptr ? "" : kGroup; }

AccessLists access_of(const Config& config, const Options& options) {
  AccessLists lists = config.access;
  lists.file = options.config;
  return lists;
}

std::string boot_id_of(const Host& host) {
  const auto text = host.read("/proc/sys/kernel/random/boot_id");
  return text ? std::string(text::trim(*text)) : "";
}

std::string count(std::size_t number, const char* what) { return std::to_string(number) + " " + what; }

}  // namespace

std::optional<Config> configuration(const Options& options) {
  std::map<std::string, std::string> texts;
  auto config = load_config(*live_host(), options.config, options.config_named, &texts);
  if (config) return std::move(*config);
  for (const Diagnostic& mistake : config.error()) {
    std::fputs(render(mistake, texts[mistake.file]).c_str(), stderr);
  }
  return std::nullopt;
}

Daemon::Daemon(Options options, Config config)
    : options_(std::move(options)),
      config_(std::make_shared<const Config>(std::move(config))),
      signals_(io_, SIGTERM, SIGINT, SIGHUP),
      beat_(io_) {}

Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::open(Options options, Config config) {
  std::unique_ptr<Daemon> daemon(new Daemon(std::move(options), std::move(config)));
  if (auto done = daemon->open_state(); !done) return std::unexpected(done.error());
  if (auto done = daemon->open_sockets(); !done) return std::unexpected(done.error());
  return daemon;
}

Result<Place> Daemon::place() const {
  if (options_.root.empty()) return Place{live_host(), live_writer(), options_.state, true};
  auto host = tree_host(options_.root);
  if (!host) return std::unexpected(host.error());
  auto writer = tree_writer(options_.root);
  if (!writer) return std::unexpected(writer.error());
  return Place{std::move(*host), std::move(*writer), options_.state, false};
}

Result<> Daemon::open_state() {
  if (::mkdir(options_.state.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(system_error(errno, options_.state));
  }
  auto lock = take_lock(options_.state + "/hardend.lock", std::chrono::milliseconds(0), "hardend");
  if (!lock && lock.error().code == Errc::denied) return std::unexpected(with_context(lock.error(), "run it as root"));
  if (!lock) return std::unexpected(with_context(lock.error(), "another hardend looks after this host"));
  lock_ = std::move(*lock);
  auto place = this->place();
  if (!place) return std::unexpected(place.error());
  auto events = EventLog::open(options_.state, boot_id_of(*live_host()));
  if (!events) return std::unexpected(events.error());
  events_ = std::move(*events);
  keeper_ = std::make_unique<Keeper>(io_, *place, system_clock(), *events_, config_);
  keeper_->on_snapshot([this](const Snapshot& snapshot) { show(snapshot); });
  return {};
}

Result<> Daemon::open_sockets() {
  services_ = std::make_unique<Services>(Services{*keeper_, [this] { return metrics_->text(); }});
  Access access(access_of(*config_, options_));
  for (const Diagnostic& mistake : access.mistakes()) {
    log({LogLevel::warning, Message::trouble, mistake.file + ": " + mistake.message, {}, 0, false});
  }
  router_ = std::make_shared<Router>(*services_, std::move(access));
  const auto handler = [router = router_](Request request, Reply reply) {
    (*router)(std::move(request), std::move(reply));
  };
  server_ = std::make_unique<HttpServer>(io_, limits_of(config_->limits), handler);
  // The text file is the running host's, whatever tree is looked after.
  metrics_ = std::make_unique<MetricsDuty>(
      io_, *keeper_, [this] { return server_->counters(); }, config_->textfile, live_writer());
  auto given = service::sockets();
  for (Descriptor& one : given) {
    if (auto adopted = server_->adopt(std::move(one)); !adopted) return adopted;
  }
  if (given.empty()) {
    if (auto listening = server_->listen_unix(config_->socket, group_of_socket()); !listening) return listening;
  }
  listen_for_metrics();
  return {};
}

// Others go on being answered without it.
void Daemon::listen_for_metrics() {
  if (config_->metrics.empty() || server_->metrics_port() != 0) return;
  const auto listening = server_->listen_metrics(config_->metrics);
  if (listening) return;
  std::string sentence = "metrics are not answered: " + describe(listening.error());
  if (listening.error().code == Errc::unsupported) {
    sentence += "; the units have no addresses of the network: systemctl edit hardend.socket, [Socket], ListenStream=" +
                config_->metrics;
  }
  log({LogLevel::error, Message::trouble, sentence, {}, 0, false});
  keeper_->set_trouble("metrics", sentence);
}

void Daemon::run() {
  wait_for_signal();
  // From before the first look on, so that nothing changes unseen after it.
  if (options_.root.empty()) watch_ = std::make_unique<WatchDuty>(io_, *keeper_, *config_);
  keeper_->start([this] {
    ready_ = true;
    log({LogLevel::info,
         Message::started,
         "hardend " HARDEN_VERSION " has looked at the host: " + status_,
         {},
         0,
         true});
    service::ready(status_);
  });
  beat();
  io_.run();
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int signal) {
    if (error) return;
    if (signal != SIGHUP) return stop();
    reload();
    wait_for_signal();
  });
}

// What is under way is answered first; then nobody can ask any more, and the
// worker ends.
void Daemon::stop() {
  service::stopping();
  log({LogLevel::info, Message::stopping, "hardend stops", {}, 0, true});
  beat_.cancel();
  server_->stop(kLastWords, [this] {
    keeper_->stop();
    io_.stop();
  });
}

void Daemon::reload() {
  service::reloading();
  auto loaded = load_config(*live_host(), options_.config, options_.config_named);
  if (!loaded) {
    refuse_reload(loaded.error());
    service::ready(status_);
    return;
  }
  const bool moved = loaded->socket != config_->socket || loaded->metrics != config_->metrics ||
                     loaded->textfile != config_->textfile || loaded->limits != config_->limits;
  config_ = std::make_shared<const Config>(std::move(*loaded));
  router_->set_access(Access(access_of(*config_, options_)));
  keeper_->set_trouble("configuration", "");
  keeper_->reconfigure(config_);
  if (watch_) watch_->reconfigure(*config_);
  events_->tell("config", R"({"taken":true})", system_clock().wall());
  log({LogLevel::info,
       Message::reloaded,
       std::string("the configuration was read again") +
           (moved ? "; its socket, [metrics] and [limits] count from the next start on" : ""),
       {},
       0,
       true});
  service::ready(status_);
}

void Daemon::refuse_reload(const Diagnostics& mistakes) {
  const Diagnostic& first = mistakes.front();
  std::string text = render({first.file, first.at, first.message, first.hint});
  while (text.ends_with('\n')) text.pop_back();
  for (char& c : text) c = c == '\n' ? ' ' : c;
  const std::string more = mistakes.size() == 1 ? "" : " (and " + count(mistakes.size() - 1, "more") + ")";
  const std::string sentence = "the new configuration was not taken, the old one goes on: " + text + more;
  keeper_->set_trouble("configuration", sentence);
  events_->tell("config", R"({"taken":false})", system_clock().wall());
  log({LogLevel::error, Message::reload_refused, sentence, {}, 0, false});
  status_ = sentence;
}

// The service manager hears of life only while both threads go on.
void Daemon::beat() {
  const auto watchdog = service::watchdog();
  if (!watchdog) return;
  beat_.expires_after(*watchdog / 3);
  beat_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    keeper_->ping([] { service::alive(); });
    beat();
  });
}

void Daemon::show(const Snapshot& snapshot) {
  metrics_->publish();
  if (watch_) watch_->publish(snapshot);
  const Summary& summary = snapshot.report->summary;
  std::string text = std::string(config_->enforces() ? "enforce" : "report") + " mode; " +
                     count(snapshot.policies->size(), "policies") + ": " +
                     count(static_cast<std::size_t>(summary.exposed), "exposed") + ", " +
                     count(static_cast<std::size_t>(summary.unknown), "unknown") + ", " +
                     count(static_cast<std::size_t>(summary.mitigated), "mitigated") + "; " +
                     count(snapshot.drifts.size(), "drifted");
  for (const std::string& trouble : keeper_->service().troubles) text += "; " + trouble;
  if (text == std::exchange(status_, text)) return;
  if (ready_) service::status(status_);
}

}  // namespace harden::daemon
