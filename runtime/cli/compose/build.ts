import { ComposeError } from '../../compose/errors.ts';
import type { Service } from '../../compose/model/project.ts';

/** Builds the image of a service. Rejects with ComposeError. */
export function buildService(service: Service): Promise<void> {
  return Promise.reject(new ComposeError(`service "${service.name}" has to be built, which this engine cannot do yet`));
}
