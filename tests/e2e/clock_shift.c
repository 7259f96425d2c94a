/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded (ld.so(8)), it has the clock of the day off by as many seconds as
 * the file named by CLOCK_SHIFT holds, in eight bytes: a clock that is set
 * while a program runs, for that program alone. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t shift(void) {
  static volatile const int64_t* seconds;
  if (seconds == NULL) {
    const char* path = getenv("CLOCK_SHIFT");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    void* place = file < 0 ? MAP_FAILED : mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (file >= 0) close(file);
    if (place == MAP_FAILED) return 0;
    seconds = place;
  }
  return *seconds;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  long status = syscall(SYS_clock_gettime, clock, now);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return (int)status;
}

time_t time(time_t* where) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (where != NULL) *where = now.tv_sec;
  return now.tv_sec;
}
