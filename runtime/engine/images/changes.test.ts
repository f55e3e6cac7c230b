import { describe, expect, it } from 'vitest';
import { applyChanges } from './changes.ts';

describe('changes of an image', () => {
  it('put in the values of variables, those of changes before among them, and take quotes off', () => {
    const changed = applyChanges({ Env: ['PATH=/bin', 'PORT=80'] }, [
      'ENV PATH=/usr/bin:$PATH NAME="a b"',
      "ENV OLD form  of '$PATH'",
      'LABEL "path of"=${PATH} plain=\\$PATH',
      'EXPOSE $PORT',
      'WORKDIR /srv/$NAME',
      'USER ${USER:-nobody}',
      'VOLUME ["/data/$PORT"]',
      'CMD ["echo", "$PATH"]',
    ]);
    expect(changed).toEqual({
      Env: ['PATH=/usr/bin:/bin', 'PORT=80', 'NAME=a b', 'OLD=form  of $PATH'],
      Labels: { 'path of': '/usr/bin:/bin', plain: '$PATH' },
      ExposedPorts: { '80/tcp': {} },
      WorkingDir: '/srv/a b',
      User: 'nobody',
      Volumes: { '/data/80': {} },
      Cmd: ['echo', '$PATH'],
    });
    expect(() => applyChanges({}, ['ENV A=${B'])).toThrow(/unexpected|bad|missing/i);
  });
});
