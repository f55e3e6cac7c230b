import { navigate } from 'wouter/use-hash-location';
import { networks as texts } from '../../strings/networks.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { NETWORK_VIEWS } from './view-paths.ts';

type NetworkViewName = keyof typeof NETWORK_VIEWS;

/** Goes from one view to another. */
export function NetworkViews({ current }: { readonly current: NetworkViewName }) {
  return (
    <Segmented
      label={texts.view}
      value={current}
      onChange={(view: NetworkViewName) => {
        navigate(NETWORK_VIEWS[view], { replace: true });
      }}
      options={[
        { value: 'list', label: texts.list },
        { value: 'picture', label: texts.picture },
        { value: 'ports', label: texts.ports },
      ]}
    />
  );
}
