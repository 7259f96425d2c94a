// SPDX-License-Identifier: Apache-2.0
//
// The metrics as a file for node_exporter's textfile collector, which reads
// *.prom of one folder: always whole, and gone when nobody writes it any more,
// so that it never tells of yesterday.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harden/host_writer.h"
#include "harden/result.h"

namespace harden::daemon {

class Textfile {
 public:
  // `path` ends in ".prom" ("/var/lib/prometheus/node-exporter/hardend.prom").
  Textfile(std::shared_ptr<HostWriter> writer, std::string path);
  Textfile(const Textfile&) = delete;
  Textfile& operator=(const Textfile&) = delete;
  ~Textfile();  // takes the file away

  // Errc::invalid where the path has another ending: it would never be read.
  Result<> write(std::string_view text);

 private:
  std::shared_ptr<HostWriter> writer_;
  std::string path_;
  bool written_ = false;
};

}  // namespace harden::daemon
