import type { BackupService } from './backups/service.ts';
import type { BuildService } from './builds/service.ts';
import { ComposeService } from './compose.ts';
import { DockerClient } from './docker-client.ts';
import { ImageService } from './images.ts';
import type { MigrationService } from './migrate.ts';
import type { ResetService } from './reset.ts';
import { VolumeService } from './volumes.ts';
import type { WorkRuns } from './works.ts';

interface Parts {
  readonly backups: BackupService;
  readonly builds: BuildService;
  readonly migration: MigrationService;
  readonly reset: ResetService;
}

/** How each kind of long work is done, on the engine that is shown when it begins: whatever is chosen meanwhile. */
export function workRuns(docker: DockerClient, { backups, builds, migration, reset }: Parts): WorkRuns {
  const on = async (work: (own: DockerClient) => Promise<void>): Promise<void> => {
    const own = new DockerClient(docker.api.connection);
    try {
      await work(own);
    } finally {
      own.close();
    }
  };
  return {
    pull: ({ reference }, channel) => on((own) => new ImageService(own).pull(reference, channel)),
    push: ({ reference }, channel) => on((own) => new ImageService(own).push(reference, channel)),
    starter: (_, channel) => on(async (own) => channel.item(await new ImageService(own).fromHost(channel.signal))),
    compose: (request, channel) => on((own) => new ComposeService(own).act(request, channel)),
    build: ({ ref }, { signal }) => builds.ended(ref, signal),
    clone: ({ from, to }, channel) => on((own) => new VolumeService(own).clone(from, to, channel)),
    'backup-restore': (request, channel) => on((own) => backups.restore(request, new VolumeService(own), channel)),
    bring: (request, channel) => migration.copy(request, channel),
    reset: ({ settings }, channel) => reset.run(settings, channel),
  };
}
