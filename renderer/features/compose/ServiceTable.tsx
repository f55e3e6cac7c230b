import { Minus, Plus } from 'lucide-react';
import { Link } from 'wouter';
import type { ComposeProject, ComposeService } from '../../../runtime/contract/compose.ts';
import { common } from '../../strings/common.ts';
import { compose as texts } from '../../strings/compose.ts';
import { IconButton } from '../../ui/Button.tsx';
import { StateDot } from '../../ui/StateDot.tsx';
import { canScale, scaleBy } from './actions.tsx';
import css from './Compose.module.css';
import { serviceState } from './state.ts';

/** Services with their containers, and how many there are. */
export function ServiceTable({ project }: { readonly project: ComposeProject }) {
  const hasFile = project.services.some(({ change }) => change !== null);
  return (
    <div className={css['scroll']}>
      <table className={css['table']}>
        <thead>
          <tr>
            <th scope="col">{common.name}</th>
            <th scope="col">{texts.status}</th>
            <th scope="col">{texts.image}</th>
            <th scope="col">{texts.ports}</th>
            <th scope="col">{texts.containers}</th>
            {hasFile && <th scope="col">{texts.change}</th>}
          </tr>
        </thead>
        <tbody>
          {project.services.map((service) => (
            <tr key={service.name}>
              <th scope="row">{service.name}</th>
              <td>
                <StateDot {...serviceState(service)} />
              </td>
              <td>
                <code className={css['code']}>{service.image}</code>
              </td>
              <td>
                <code className={css['code']}>{service.ports.join(', ')}</code>
              </td>
              <td>
                <div className={css['many']}>
                  <Containers service={service} />
                  {canScale(service) && <Scale project={project} service={service} />}
                </div>
              </td>
              {hasFile && (
                <td className={css['dim']}>{service.change === null ? '' : texts.changes[service.change]}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Containers({ service }: { readonly service: ComposeService }) {
  return (
    <span className={css['containers']}>
      {service.containers.map((container) => (
        <Link key={container.id} href={`/containers/${container.id}/logs`} title={container.status}>
          {container.name}
        </Link>
      ))}
    </span>
  );
}

function Scale({ project, service }: { readonly project: ComposeProject; readonly service: ComposeService }) {
  return (
    <span className={css['scale']}>
      <IconButton
        label={texts.fewer(service.name)}
        icon={<Minus size={13} />}
        disabled={service.containers.length === 0}
        onClick={() => {
          scaleBy(project, service, -1);
        }}
      />
      <IconButton
        label={texts.more(service.name)}
        icon={<Plus size={13} />}
        onClick={() => {
          scaleBy(project, service, 1);
        }}
      />
    </span>
  );
}
