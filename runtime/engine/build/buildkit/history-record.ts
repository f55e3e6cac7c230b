import { GrpcStatus } from '../../../common/grpc/status.ts';
import { messageOf } from '../../errors.ts';
import type { BuildJob } from '../history/builds.ts';
import { solveError } from './solve-error.ts';

/** A build as BuildKit's history tells of it. */
export function historyRecord(job: BuildJob, frontend: string) {
  const { vertexes } = job.trace.whole;
  const { failure } = job;
  return {
    ref: job.ref,
    frontend,
    frontendAttrs: job.attributes,
    error: failure === null ? null : { code: GrpcStatus.unknown, message: messageOf(solveError(failure)) },
    createdAt: job.createdAt,
    completedAt: job.completedAt,
    exporterResponse: job.response,
    generation: job.completedAt === null ? 1 : 2,
    numCachedSteps: vertexes.filter(({ cached }) => cached).length,
    numTotalSteps: vertexes.length,
    numCompletedSteps: vertexes.filter(({ completed }) => completed !== null).length,
  };
}
