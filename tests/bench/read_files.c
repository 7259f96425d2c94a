// SPDX-License-Identifier: Apache-2.0
//
// read_files LIST: opens and reads what LIST names, and does nothing with it.
// Each line of LIST is a letter and a path: r a file to read, d a folder to
// list, l a link to read, s a path to stat.
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char block[16 << 10];

static void read_file(const char* path) {
  const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return;
  while (read(file, block, sizeof block) > 0) {}
  close(file);
}

static void list_folder(const char* path) {
  DIR* folder = opendir(path);
  if (folder == NULL) return;
  while (readdir(folder) != NULL) {}
  closedir(folder);
}

int main(int argc, char** argv) {
  static char line[8192];
  struct stat status;
  FILE* list = argc == 2 ? fopen(argv[1], "re") : NULL;
  if (list == NULL) {
    fputs("usage: read_files LIST\n", stderr);
    return 1;
  }
  while (fgets(line, sizeof line, list) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    const char* path = line + 2;
    if (line[0] == 'r') read_file(path);
    if (line[0] == 'd') list_folder(path);
    if (line[0] == 'l') (void)!readlink(path, block, sizeof block);
    if (line[0] == 's') (void)stat(path, &status);
  }
  return fclose(list);
}
