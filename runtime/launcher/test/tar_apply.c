/* Stand-alone front of tar_apply for tests: reads an archive on stdin and applies it to a directory.
 * Usage: tar_apply [--user-xattr] [--skip-devices] [--keep-owner] [--max-bytes N] DESTINATION [PARENT...] */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../tar.h"

int main(int argc, char **argv) {
  struct tar_options options = {0};
  int at = 1;
  for (; at < argc && argv[at][0] == '-'; at++) {
    if (strcmp(argv[at], "--user-xattr") == 0) options.user_xattr = true;
    else if (strcmp(argv[at], "--skip-devices") == 0) options.skip_devices = true;
    else if (strcmp(argv[at], "--keep-owner") == 0) options.keep_owner = true;
    else if (strcmp(argv[at], "--max-bytes") == 0 && at + 1 < argc) options.max_bytes = strtoull(argv[++at], NULL, 10);
    else return 2;
  }
  if (at >= argc) return 2;
  int destination = open(argv[at++], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (destination < 0) return perror("destination"), 2;
  static int parents[128];
  for (; at < argc && options.parent_count < 128; at++) {
    parents[options.parent_count] = open(argv[at], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parents[options.parent_count++] < 0) return perror("parent"), 2;
  }
  options.parents = parents;
  static struct tar_result result;
  struct error err;
  if (tar_apply(0, destination, &options, &result, &err) < 0) {
    fprintf(stderr, "%s\n", err.msg);
    return 1;
  }
  printf("%llu %llu\n", (unsigned long long)result.size, (unsigned long long)result.entries);
  for (size_t i = 0; i < result.warning_count; i++) printf("%s\n", result.warnings[i]);
  return 0;
}
