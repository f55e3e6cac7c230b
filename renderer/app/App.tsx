import { lazy, Suspense, useEffect } from 'react';
import { Redirect, Route, Router, Switch } from 'wouter';
import { useHashLocation } from 'wouter/use-hash-location';
import { dismissToast, useToasts } from '../data/toasts.ts';
import { ContainersView } from '../features/containers/ContainersView.tsx';
import { HostShellView } from '../features/terminal/HostShellView.tsx';
import { ConfirmHost } from '../ui/ConfirmHost.tsx';
import { ToastRegion } from '../ui/ToastRegion.tsx';
import { Dialogs } from './Dialogs.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { startKeys } from './keys.ts';
import { Shell } from './Shell.tsx';

const ContainerView = lazy(() => import('../features/details/ContainerView.tsx'));
const ImagesView = lazy(() => import('../features/images/ImagesView.tsx'));
const SettingsView = lazy(() => import('../features/settings/SettingsView.tsx'));

/** The composition root: screens by address, inside the shell. */
export function App() {
  const toasts = useToasts((state) => state.toasts);
  useEffect(startKeys, []);
  return (
    <Router hook={useHashLocation}>
      <Shell>
        <ErrorBoundary>
          <Suspense>
            <Switch>
              <Route path="/containers" component={ContainersView} />
              <Route path="/containers/:id/:tab?" component={ContainerView} />
              <Route path="/images" component={ImagesView} />
              <Route path="/shell" component={HostShellView} />
              <Route path="/settings" component={SettingsView} />
              <Route>
                <Redirect to="/containers" replace />
              </Route>
            </Switch>
          </Suspense>
        </ErrorBoundary>
      </Shell>
      <Dialogs />
      <ConfirmHost />
      <ToastRegion toasts={toasts} onDismiss={dismissToast} />
    </Router>
  );
}
