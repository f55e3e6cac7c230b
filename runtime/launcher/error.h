#ifndef BERTH_ERROR_H
#define BERTH_ERROR_H

/* Why a call failed: the errno of the system call (or 0) and one sentence for a person. */
struct error {
  int errno_;
  int kind;
  char msg[256];
};

/* Kinds of `struct error`. */
enum error_kind { ERROR_INTERNAL = 0, ERROR_INVALID_INPUT = 1 };

#endif
