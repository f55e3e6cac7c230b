import { useMemo } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { ComposeProject } from '../../../runtime/contract/compose.ts';
import { compose as texts } from '../../strings/compose.ts';
import { LayeredGraph, type LayeredNode } from '../../ui/graph/LayeredGraph.tsx';
import { canScale, scaleBy } from './actions.tsx';
import { serviceState } from './state.ts';

/** Services as boxes, from what is started first on the left to what needs it. */
export function ServiceGraph({ project }: { readonly project: ComposeProject }) {
  const { services } = project;
  const nodes = useMemo(
    () =>
      services.map((service): LayeredNode => {
        const { name, dependsOn, ports, image } = service;
        const { tone, text } = serviceState(service);
        return {
          name,
          tone,
          note: ports[0] ?? image,
          label: texts.node(name, text, dependsOn.map((one) => one.service).join(', ')),
          needs: dependsOn.map((one) => ({ name: one.service, dashed: one.condition !== 'service_started' })),
        };
      }),
    [services],
  );
  return (
    <LayeredGraph
      label={texts.graph}
      nodes={nodes}
      onOpen={(name) => {
        const [container] = services.find((service) => service.name === name)?.containers ?? [];
        if (container !== undefined) navigate(`/containers/${container.id}/logs`);
      }}
      onNodeKey={(name, key) => {
        const service = services.find((one) => one.name === name);
        if (service === undefined || !canScale(service) || (key !== '+' && key !== '-')) return false;
        scaleBy(project, service, key === '+' ? 1 : -1);
        return true;
      }}
    />
  );
}
