import { describe, expect, it } from 'vitest';
import { TemplateError } from '../template/errors.ts';
import { compileTemplate } from '../template/evaluate.ts';
import { typedView } from './typed.ts';

const CONTAINER = {
  Id: 'abc',
  State: { Status: 'running', Running: true },
  HostConfig: { Dns: ['1.1.1.1'], Binds: null, RestartPolicy: { Name: 'always', MaximumRetryCount: 2 } },
  Config: {
    Labels: { a: '1' },
    ExposedPorts: { '80/tcp': {} },
    Healthcheck: { Test: ['CMD', 'true'], Interval: 1_500_000_000 },
  },
  NetworkSettings: { Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '90/tcp': null } },
};

const print = (template: string, type = 'container', value: unknown = CONTAINER): string =>
  compileTemplate(template)(typedView(type, value));

describe('typedView', () => {
  it.each([
    ['{{.ID}} {{.HostConfig.DNS}}', 'abc [1.1.1.1]'],
    ['{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}', 'none'],
    ['{{.State.Health}} {{json .State.Health}} {{.State.ExitCode}}', '<nil> null 0'],
    ['<{{index .Config.Labels "b"}}> <{{.Config.Labels.b}}> {{.Config.Labels.a}}', '<> <<no value>> 1'],
    ['{{.HostConfig.Binds}} {{json .HostConfig.Binds}} {{len .HostConfig.Binds}}', '[] null 0'],
    ['{{.Config.ExposedPorts}} {{.HostConfig.RestartPolicy}}', 'map[80/tcp:{}] {always 2}'],
    ['{{.NetworkSettings.Ports}}', 'map[80/tcp:[{0.0.0.0 8080}] 90/tcp:[]]'],
    ['{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}', '8080'],
    [
      '{{range $p, $b := .NetworkSettings.Ports}}{{if $b}}{{$p}}={{(index $b 0).HostIP}}{{end}}{{end}}',
      '80/tcp=0.0.0.0',
    ],
    ['{{.Config.Healthcheck.Interval}} {{.Config.Healthcheck.Retries}}', '1.5s 0'],
    ['{{json .Config.Healthcheck.Interval}} {{json .HostConfig.RestartPolicy.Name}}', '1500000000 "always"'],
    ['{{.Config.StopTimeout}} {{.SizeRw}} {{.HostConfig.Init}}', '<nil> <nil> <nil>'],
    ['{{.NetworkSettings.Networks.none.IPAddress}}', '<no value>'],
  ])('%s', (template, text) => {
    expect(print(template)).toBe(text);
  });

  it.each(['{{.Nope}}', '{{.Id}}', '{{.State.Health.Status}}'])('has no %s', (template) => {
    expect(() => print(template)).toThrow(TemplateError);
  });

  it('prints the times of a network as Go does', () => {
    expect(print('{{.Created}} {{.IPAM.Config}}', 'network', { Created: '2024-05-06T07:08:09.5Z' })).toBe(
      '2024-05-06 07:08:09.5 +0000 UTC []',
    );
  });
});
