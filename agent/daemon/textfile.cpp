// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/textfile.h"

namespace harden::daemon {

Textfile::Textfile(std::shared_ptr<HostWriter> writer, std::string path)
    : writer_(std::move(writer)), path_(std::move(path)) {}

Textfile::~Textfile() {
  // Nobody is left to be told that it could not be taken away.
  if (written_) static_cast<void>(writer_->remove(path_));
}

Result<> Textfile::write(std::string_view text) {
  if (!path_.ends_with(".prom")) return fail(Errc::invalid, "node_exporter reads files that end in .prom", path_);
  auto done = writer_->replace(path_, text);
  written_ = written_ || done;
  return done;
}

}  // namespace harden::daemon
