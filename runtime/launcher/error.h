#ifndef BERTH_ERROR_H
#define BERTH_ERROR_H

/* Kinds of failure; the numbers are part of the wire protocol (wire.ts). */
enum failure {
	FAIL_COMMAND_NOT_FOUND = 1,
	FAIL_COMMAND_NOT_EXECUTABLE = 2,
	FAIL_BAD_USER = 3,
	FAIL_BAD_CWD = 4,
	FAIL_BAD_MOUNT = 5,
	FAIL_PORT_IN_USE = 6,
	FAIL_PROCESS_GONE = 7,
	FAIL_INTERNAL = 8,
	FAIL_BAD_LABEL = 9,
};

/* Why a call failed: the errno of the system call (or 0) and one sentence for a person. */
struct error {
	int errno_;
	enum failure kind;
	char msg[256];
};

#endif
