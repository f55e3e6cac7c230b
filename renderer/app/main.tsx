import '@fontsource-variable/inter/opsz.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '../ui/tokens.css';
import '../ui/base.css';
import { createRoot } from 'react-dom/client';
import { startConnection } from '../data/connection.ts';
import { startContainers } from '../data/containers.ts';
import { startDrafts } from '../data/drafts.ts';
import { startEngine } from '../data/engine.ts';
import { images } from '../data/images.ts';
import { drop } from '../data/drop.ts';
import { startKeptSettings } from '../data/kept-settings.ts';
import { reopenDialog } from '../data/kept-dialog.ts';
import { startParts } from '../data/parts.ts';
import { startReleaseNotice } from '../data/release.ts';
import { startSettings } from '../data/settings.ts';
import { startFailures } from '../features/containers/failures.ts';
import { startBackupFailures } from '../features/volumes/tell-backups.ts';
import { startLogAlerts } from '../features/logs/tell-alerts.ts';
import { installStyleNonce } from '../platform/nonce.ts';
import { startFocusMemory } from '../ui/return-focus.ts';
import { App } from './App.tsx';
import { startAppWorks } from './works.ts';

installStyleNonce();
startSettings();
startFocusMemory();
startReleaseNotice();
startEngine();
startContainers();
startFailures();
startLogAlerts();
startBackupFailures();
images.start();
startParts();
startDrafts();
startAppWorks();
startConnection();
reopenDialog();

const root = document.getElementById('root');
drop(
  startKeptSettings().finally(() => {
    if (root !== null) createRoot(root).render(<App />);
  }),
);
