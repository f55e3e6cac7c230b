#include "proto.h"
int layer_apply(int connection, struct reader *reader, bool rootless, struct error *error);
