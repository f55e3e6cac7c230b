import { drop } from '../data/drop.ts';
import { joinStarter, joinTransfer } from '../data/image-tasks.ts';
import { joinVolumeWork } from '../data/volume-tasks.ts';
import { startWorks } from '../data/works.ts';

/** Shows the long work of the app, whichever page began it. Parts of the page that only some of it needs are fetched then. */
export function startAppWorks(): void {
  startWorks({
    pull: joinTransfer,
    push: joinTransfer,
    starter: (_, joined) => {
      joinStarter(joined);
    },
    clone: joinVolumeWork,
    'backup-restore': joinVolumeWork,
    build: (request, joined) => {
      drop(
        import('../data/builds.ts').then(({ joinBuild }) => {
          joinBuild(request, joined);
        }),
      );
    },
    compose: (request, joined) => {
      drop(import('../features/compose/actions.tsx').then(({ joinAct }) => joinAct(request, joined)));
    },
    bring: (request, joined) => {
      drop(
        import('../features/migrate/move.ts').then(({ joinMove }) => {
          joinMove(request, joined);
        }),
      );
    },
    reset: (request, joined) => {
      drop(
        import('../features/reset/reset.ts').then(({ joinReset }) => {
          joinReset(request, joined);
        }),
      );
    },
  });
}
