/* libFuzzer target: any bytes as a layer archive, applied to a directory that is emptied each time.
 * Build: clang -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined tar.c tar_reader.c test/tar_fuzz.c -o tar_fuzz
 * The environment variable FUZZ_DIRECTORY names a directory of its own, best on a tmpfs. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../tar.h"

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *walk) {
  (void)stat;
  (void)type;
  (void)walk;
  return remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const char *base = getenv("FUZZ_DIRECTORY");
  if (base == NULL) abort();
  char path[512];
  snprintf(path, sizeof path, "%s/%d", base, getpid());
  nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
  if (mkdir(path, 0700) < 0) abort();
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int input = memfd_create("archive", MFD_CLOEXEC);
  if (directory < 0 || input < 0) abort();
  if (write(input, data, size) != (ssize_t)size || lseek(input, 0, SEEK_SET) != 0) abort();
  const struct tar_options options = {.user_xattr = true, .skip_devices = true, .max_bytes = 1 << 20, .max_entries = 1000};
  static struct tar_result result;
  struct error err;
  tar_apply(input, directory, &options, &result, &err);
  close(input);
  close(directory);
  return 0;
}
