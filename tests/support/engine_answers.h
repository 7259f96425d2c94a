// SPDX-License-Identifier: Apache-2.0
//
// What engines answered, cut to the fields that matter here: dockerd
// 20.10.24 and podman 4.3.1 as Debian 12 packages them.
#pragma once

#include "agent/collect/docker_engine.h"
#include "tests/support/memory_host.h"

namespace harden::test {

inline docker::Answers docker_answers() {
  return {
      R"({"Platform":{"Name":""},"Components":[
        {"Name":"Engine","Version":"20.10.24+dfsg1","Details":{"ApiVersion":"1.41","Experimental":"false"}},
        {"Name":"containerd","Version":"1.6.20~ds1"},{"Name":"runc","Version":"1.1.5+ds1"}],
        "Version":"20.10.24+dfsg1","ApiVersion":"1.41","KernelVersion":"6.1.0-44-amd64"})",
      R"({"ID":"Z7HN:WIQB","Containers":2,"ContainersRunning":1,"Driver":"overlay2","DriverStatus":null,
        "CgroupDriver":"systemd","CgroupVersion":"2","NCPU":2,"LiveRestoreEnabled":true,
        "Swarm":{"NodeID":"zuof3u","LocalNodeState":"active","RemoteManagers":null},
        "SecurityOptions":["name=seccomp,profile=default"],"Warnings":null})",
      R"([{"Name":"none","Id":"e3de","Scope":"local","Driver":"null","EnableIPv6":false,
          "IPAM":{"Driver":"default","Options":null,"Config":[]},"Internal":false,"Ingress":false,"Options":{}},
        {"Name":"host","Id":"c3a0","Scope":"local","Driver":"host","EnableIPv6":false,
          "IPAM":{"Driver":"default","Options":null,"Config":null},"Internal":false,"Ingress":false,"Options":{}},
        {"Name":"bridge","Id":"b1b1","Scope":"local","Driver":"bridge","EnableIPv6":true,
          "IPAM":{"Config":[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.1"}]},"Internal":false,
          "Options":{"com.docker.network.bridge.name":"docker0"}},
        {"Name":"t6","Id":"834d","Scope":"local","Driver":"bridge","EnableIPv6":true,
          "IPAM":{"Config":[{"Subnet":"172.18.0.0/16"},{"Subnet":"fd00:1::/64"}]},"Internal":true,"Options":{}},
        {"Name":"tov","Id":"98yh","Scope":"swarm","Driver":"overlay","EnableIPv6":false,
          "IPAM":{"Config":[{"Subnet":"10.0.1.0/24"}]},"Internal":false,"Ingress":false,"Containers":null,
          "Options":{"com.docker.network.driver.overlay.vxlanid_list":"4097","encrypted":""},"Labels":null},
        {"Name":"my-ingress","Id":"lk4p","Scope":"swarm","Driver":"overlay","Ingress":true,
          "IPAM":{"Config":[{"Subnet":"10.0.0.0/24"}]},"Options":{}},
        {"Name":"cfg","Id":"a6cb","Scope":"local","Driver":"null","ConfigOnly":true,
          "IPAM":{"Driver":"default","Options":{},"Config":[]},"Options":{}}])",
      R"([{"Id":"f306","Names":["/c2"],"Image":"tiny","State":"created","HostConfig":{"NetworkMode":"host"},
          "NetworkSettings":{"Networks":{"host":{"NetworkID":""}}}},
        {"Id":"986c","Names":["/web/db","/c1"],"Image":"tiny","State":"running",
          "NetworkSettings":{"Networks":{"t6":{"NetworkID":""},"bridge":{"NetworkID":""}}}}])"};
}

inline docker::Answers podman_answers() {
  return {
      R"json({"Platform":{"Name":"linux/amd64/debian-12"},"Components":[
        {"Name":"Podman Engine","Version":"4.3.1","Details":{"APIVersion":"4.3.1"}},
        {"Name":"Conmon","Version":"conmon version 2.1.6, commit: unknown"},
        {"Name":"OCI Runtime (runc)","Version":"runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1\nspec: 1.0.2-dev"}],
        "Version":"4.3.1","ApiVersion":"1.41"})json",
      R"({"ID":"906bce58","Containers":3,"ContainersRunning":0,"Driver":"vfs","DriverStatus":[],
        "CgroupDriver":"cgroupfs","Labels":null,"LiveRestoreEnabled":false,
        "Swarm":{"NodeID":"","LocalNodeState":"inactive"},"SecurityOptions":["name=seccomp,profile=default"],
        "Rootless":false,"Uptime":"0h 24m 7.00s"})",
      R"([{"Name":"bridge","Id":"2f25","Scope":"local","Driver":"bridge","EnableIPv6":false,
          "IPAM":{"Driver":"default","Options":{"driver":"host-local"},
                  "Config":[{"Subnet":"10.88.0.0/16","Gateway":"10.88.0.1"}]},"Internal":false,"Options":{}},
        {"Name":"pint","Id":"b50c","Scope":"local","Driver":"bridge","EnableIPv6":false,
          "IPAM":{"Config":[{"Subnet":"10.89.0.0/24","Gateway":"<nil>"}]},"Internal":true,"Options":{}},
        {"Name":"pmac","Id":"6549","Scope":"local","Driver":"macvlan","EnableIPv6":false,
          "IPAM":{"Driver":"dhcp","Options":{"driver":"dhcp"},"Config":[]},"Internal":false,"Options":{}}])",
      R"([{"Id":"7e9c","Names":["/k1"],"Image":"localhost/tiny:latest","State":"created",
          "NetworkSettings":{"Networks":{"podman":{"NetworkID":"podman"}}},"Name":"","Config":null},
        {"Id":"dcb4","Names":["/k2"],"Image":"localhost/tiny:latest","State":"exited",
          "NetworkSettings":{"Networks":null}},
        {"Id":"e280","Names":["/k3"],"Image":"localhost/tiny:latest","State":"created"}])"};
}

inline void serve_engine(MemoryHost& host, const std::string& socket, const docker::Answers& answers) {
  host.serve(socket, "/version", answers.version).serve(socket, "/info", answers.info);
  host.serve(socket, "/networks", answers.networks).serve(socket, "/containers/json?all=1", answers.containers);
}

}  // namespace harden::test
