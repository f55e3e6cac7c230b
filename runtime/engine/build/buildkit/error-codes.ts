import { GrpcStatus } from '../../../common/grpc/status.ts';
import { EngineError } from '../../errors.ts';

/** Which code of gRPC an error of the engine is told as. */
export function grpcCodeOf(error: unknown): number {
  if (!(error instanceof EngineError)) return GrpcStatus.unknown;
  if (error.kind === 'not-found') return GrpcStatus.notFound;
  if (error.kind === 'unsupported') return GrpcStatus.unimplemented;
  return error.kind === 'invalid' ? GrpcStatus.invalidArgument : GrpcStatus.unknown;
}
