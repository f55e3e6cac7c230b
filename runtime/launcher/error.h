#ifndef BERTH_ERROR_H
#define BERTH_ERROR_H

/* Kinds of failure; the numbers are part of the wire protocol. */
enum failure { FAIL_INTERNAL = 8 };

/* Why a call failed: the errno of the system call (or 0) and one sentence for a person. */
struct error {
  int errno_;
  enum failure kind;
  char msg[256];
};

#endif
