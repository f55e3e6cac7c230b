import type { PlannedStage } from '../plan/planner.ts';
import type { RunOperation } from '../plan/run-operation.ts';
import type { BuildFacts, Loan } from './provenance.ts';

/** What the commands of a build could reach. */
export function runFacts(stages: readonly PlannedStage[]): Pick<BuildFacts, 'usesNetwork' | 'lent'> {
  const runs = stages.flatMap(({ steps }) =>
    steps.flatMap(({ vertex }): readonly RunOperation[] =>
      vertex?.kind === 'step' && vertex.operation.kind === 'run' ? [vertex.operation] : [],
    ),
  );
  const loans = (type: 'secret' | 'ssh', usual: string): Loan[] => {
    const mounts = runs.flatMap((run) => run.mounts.map(({ mount }) => mount)).filter((mount) => mount.type === type);
    const ids = [...new Set(mounts.map(({ id }) => id || usual))].sort();
    return ids.map((id) => {
      const isRequired = mounts.some((mount) => (mount.id || usual) === id && mount.required);
      return isRequired ? { id } : { id, optional: true };
    });
  };
  return {
    usesNetwork: runs.some(({ network }) => network !== 'none'),
    lent: { secrets: loans('secret', ''), ssh: loans('ssh', 'default') },
  };
}
