import '@fontsource-variable/inter/opsz.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '../ui/tokens.css';
import '../ui/base.css';
import { createRoot } from 'react-dom/client';
import { startConnection } from '../data/connection.ts';
import { startContainers } from '../data/containers.ts';
import { startEngine } from '../data/engine.ts';
import { images } from '../data/images.ts';
import { startParts } from '../data/parts.ts';
import { startSettings } from '../data/settings.ts';
import { startFailures } from '../features/containers/failures.ts';
import { installStyleNonce } from '../platform/nonce.ts';
import { startFocusMemory } from '../ui/return-focus.ts';
import { App } from './App.tsx';

installStyleNonce();
startSettings();
startFocusMemory();
startEngine();
startContainers();
startFailures();
images.start();
startParts();
startConnection();

const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App />);
