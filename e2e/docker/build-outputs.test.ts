import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextTar } from '../fixtures/build-context.ts';
import { ENGINE_MODES, EngineProcess } from '../fixtures/engine-process.ts';
import { leftovers, traces, type Traces } from '../fixtures/leaks.ts';
import { newerClients } from '../fixtures/newer-clients.ts';
import { answers, freePort, LocalRegistry } from '../fixtures/registry.ts';
import { loadTestImage, TEST_IMAGE } from '../fixtures/test-image.ts';

const newer = newerClients();
const WITHOUT_NEWER = newer === null ? ' (skipped: buildx could not be had)' : '';
const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
/** Something new each time that it runs. */
const RANDOM = 'cat /proc/sys/kernel/random/uuid';

interface Entry {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform: { readonly os: string; readonly architecture: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly mediaType: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: { readonly digest: string; readonly mediaType: string };
  readonly layers?: readonly {
    readonly digest: string;
    readonly mediaType: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
  readonly manifests?: readonly Entry[];
}

/** Caches in registries, pushes, archives, annotations, attestations, several platforms, questions about a Dockerfile. */
describe('what becomes of a build', () => {
  // Two engines that share nothing but a registry: the second one as an ordinary user.
  const first = new EngineProcess(ENGINE_MODES[0] ?? 'rootless');
  const second = new EngineProcess('rootless');
  const directory = mkdtempSync(join(tmpdir(), 'berth-outputs-'));
  const context = join(directory, 'context');
  let registry: LocalRegistry;
  let before: readonly Traces[] = [];

  const old = (engine: EngineProcess, ...args: string[]): string => {
    const result = engine.docker(['build', '--progress=plain', ...args], {
      binary: '/usr/bin/docker',
      environment: { DOCKER_BUILDKIT: '1' },
    });
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    return result.stderr;
  };
  const buildx = (engine: EngineProcess, ...args: string[]): string => {
    // Only an experimental buildx asks questions.
    const isQuestion = args.some((one) => one.startsWith('--print'));
    const result = engine.docker(['buildx', 'build', '--progress=plain', ...args], {
      environment: { DOCKER_CONFIG: newer?.configuration, ...(isQuestion ? { BUILDX_EXPERIMENTAL: '1' } : {}) },
    });
    expect(result, result.stdout + result.stderr).toMatchObject({ code: 0 });
    return result.stdout + result.stderr;
  };
  const write = (name: string, text: string): string => {
    const path = join(context, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const shown = (engine: EngineProcess, image: string, ...command: string[]): string =>
    engine.dockerOk(['run', '--rm', image, ...command]);
  const get = (path: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      request(`http://${registry.host}/v2/${path}`, { headers: { Accept: MANIFESTS } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve(Buffer.concat(chunks));
        });
      })
        .on('error', reject)
        .end();
    });
  const manifest = async (name: string, tag: string): Promise<Manifest> =>
    JSON.parse((await get(`${name}/manifests/${tag}`)).toString()) as Manifest;
  const document = async (name: string, digest: string): Promise<Record<string, unknown>> =>
    JSON.parse((await get(`${name}/blobs/${digest}`)).toString()) as Record<string, unknown>;

  beforeAll(async () => {
    registry = await LocalRegistry.start();
    await Promise.all([first.start(), second.start()]);
    await loadTestImage(first);
    const base = `${registry.host}/base`;
    first.dockerOk(['tag', TEST_IMAGE, base]);
    first.dockerOk(['push', base]);
    second.dockerOk(['pull', base]);
    for (const engine of [first, second]) shown(engine, base, 'true');
    before = [traces(first), traces(second)];
    write(
      'Dockerfile',
      [
        `FROM ${base} AS made`,
        `RUN ${RANDOM} > /made`,
        `FROM ${base} AS last`,
        'COPY file /file',
        `RUN ${RANDOM} > /stamp`,
        'RUN true',
        'WORKDIR /w',
        'COPY --from=made /made /made',
        'COPY --link file /linked',
      ].join('\n'),
    );
    write('file', 'content');
  });

  afterAll(async () => {
    const left = [await leftovers(first, before[0] as Traces), await leftovers(second, before[1] as Traces)];
    await Promise.all([first.dispose(), second.dispose()]);
    await registry.stop();
    rmSync(directory, { recursive: true });
    expect(left).toEqual([{}, {}]);
  });

  it('resumes a build elsewhere from an image that carries its cache along', () => {
    const image = `${registry.host}/inline`;
    old(first, '--build-arg', 'BUILDKIT_INLINE_CACHE=1', '-t', image, context);
    const files = shown(first, image, 'cat', '/stamp', '/made');
    first.dockerOk(['push', image]);
    const progress = old(second, '--cache-from', image, '-t', 'resumed', context);
    expect(progress.match(/CACHED/g)?.length).toBeGreaterThanOrEqual(8);
    expect(shown(second, 'resumed', 'cat', '/stamp', '/made')).toBe(files);
    // The engine's own image serves too, and in the way of builds without BuildKit.
    second.dockerOk(['builder', 'prune', '-af']);
    const classic = second.docker(['build', '--cache-from', 'resumed', '-t', 'classic', context], {
      binary: '/usr/bin/docker',
      environment: { DOCKER_BUILDKIT: '0' },
    });
    expect(classic, classic.stderr).toMatchObject({ code: 0 });
    second.dockerOk(['rmi', 'resumed', 'classic']);
    second.dockerOk(['builder', 'prune', '-af']);
  });

  it.skipIf(newer === null)(
    `writes all results to a registry, from where another engine takes them${WITHOUT_NEWER}`,
    async () => {
      const cache = `${registry.host}/cache`;
      buildx(first, '--cache-to', `type=registry,ref=${cache},mode=max`, '-t', 'kept', context);
      const { config, layers } = await manifest('cache', 'latest');
      expect(config?.mediaType).toBe('application/vnd.buildkit.cacheconfig.v0');
      expect(layers?.length).toBeGreaterThanOrEqual(5);
      const files = shown(first, 'kept', 'cat', '/stamp', '/made');
      buildx(
        second,
        '--cache-from',
        cache,
        '-t',
        'kept',
        '--cache-to',
        `type=registry,ref=${cache}2,mode=max`,
        context,
      );
      expect(shown(second, 'kept', 'cat', '/stamp', '/made')).toBe(files);
      // What the second engine never fetched is written on: a stage that only the cache has made.
      const { config: again } = await manifest('cache2', 'latest');
      const records = (one: Record<string, unknown>): string[] =>
        (one['records'] as { digest: string }[]).map(({ digest }) => digest).sort();
      expect(records(await document('cache2', again?.digest ?? ''))).toEqual(
        records(await document('cache', config?.digest ?? '')),
      );
      // Only what depends on a changed file is run.
      write('file', 'changed');
      buildx(second, '--cache-from', cache, '-t', 'kept', context);
      const [stamp = '', made = ''] = shown(second, 'kept', 'cat', '/stamp', '/made').split('\n');
      expect(files).toContain(made);
      expect(files).not.toContain(stamp);
      // A cache that is not there is no reason to fail.
      expect(buildx(second, '--cache-from', `${cache}-none`, context)).toContain('ERROR: manifest: manifest unknown');
    },
  );

  it.skipIf(newer === null)(
    `keeps results in a directory of the client, and takes them from there${WITHOUT_NEWER}`,
    () => {
      const place = join(directory, 'local-cache');
      const [to, from] = [`type=local,dest=${place},mode=max`, `type=local,src=${place}`];
      buildx(first, '--no-cache', '--cache-to', to, '-t', 'stored', context);
      const files = shown(first, 'stored', 'cat', '/stamp', '/made');
      const index = JSON.parse(readFileSync(join(place, 'index.json'), 'utf8')) as Manifest;
      const blob = (digest = ''): string => join(place, 'blobs/sha256', digest.replace('sha256:', ''));
      const cache = JSON.parse(readFileSync(blob(index.manifests?.[0]?.digest), 'utf8')) as Manifest;
      expect(cache.config?.mediaType).toBe('application/vnd.buildkit.cacheconfig.v0');
      second.dockerOk(['builder', 'prune', '-af']);
      // What is there already is not written again.
      const written = cache.layers?.map(({ digest }) => statSync(blob(digest)).mtimeMs);
      buildx(second, '--cache-from', from, '--cache-to', to, '-t', 'stored', context);
      expect(shown(second, 'stored', 'cat', '/stamp', '/made')).toBe(files);
      expect(cache.layers?.map(({ digest }) => statSync(blob(digest)).mtimeMs)).toEqual(written);
      // A result whose content is gone, or another, is made anew.
      for (const { digest } of cache.layers ?? []) writeFileSync(blob(digest), 'broken');
      second.dockerOk(['rmi', 'stored']);
      second.dockerOk(['builder', 'prune', '-af']);
      const said = buildx(second, '--cache-from', from, '-t', 'stored', context);
      expect(said).not.toContain('ERROR');
      expect(shown(second, 'stored', 'cat', '/stamp', '/made')).not.toBe(files);
      expect(buildx(second, '--cache-from', `${from}-none`, context)).toContain('not found');
      for (const engine of [first, second]) engine.dockerOk(['rmi', 'stored']);
    },
  );

  it.skipIf(newer === null)(`pushes with annotations, and tells what came of it${WITHOUT_NEWER}`, async () => {
    const image = `${registry.host}/annotated`;
    const files = [join(directory, 'metadata'), join(directory, 'id')] as const;
    const annotations = [
      '--annotation',
      'a.b=1',
      '--annotation',
      'index:c=2',
      '--annotation',
      'manifest-descriptor:d=3',
    ];
    buildx(first, ...annotations, '--push', '--metadata-file', files[0], '--iidfile', files[1], '-t', image, context);
    const index = await manifest('annotated', 'latest');
    expect(index.annotations).toEqual({ c: '2' });
    expect(index.manifests).toMatchObject([{ annotations: { d: '3' }, platform: { os: 'linux' } }]);
    const [entry] = index.manifests ?? [];
    expect(await manifest('annotated', entry?.digest ?? '')).toMatchObject({ annotations: { 'a.b': '1' } });
    const id = first.dockerOk(['image', 'inspect', '-f', '{{.Id}}', image]);
    expect(readFileSync(files[1], 'utf8')).toBe(id);
    const told = JSON.parse(readFileSync(files[0], 'utf8')) as Record<string, unknown>;
    expect(told).toMatchObject({ 'containerimage.config.digest': id, 'image.name': `${image}:latest` });
    second.dockerOk(['pull', image]);
    expect(shown(second, image, 'cat', '/file')).toBe(readFileSync(join(context, 'file'), 'utf8'));
  });

  it.skipIf(newer === null)(
    `attests how an image came to be and what is in it, when asked${WITHOUT_NEWER}`,
    async () => {
      const image = `${registry.host}/attested`;
      const file = write(
        'Attested',
        [
          `FROM ${registry.host}/base`,
          'RUN mkdir -p /var/lib/dpkg /lib/apk/db /app/node_modules/@s/p && cat > /etc/os-release <<E\nID=debian\nVERSION_ID="12"\nE',
          'COPY <<E /var/lib/dpkg/status\nPackage: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.2.13\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\nE',
          'COPY <<E /lib/apk/db/installed\nP:musl\nV:1.2.4-r1\nA:x86_64\nL:MIT\n\nE',
          'COPY <<E /app/node_modules/@s/p/package.json\n{"name":"@s/p","version":"3.0.0","license":"ISC"}\nE',
        ].join('\n'),
      );
      buildx(
        first,
        '--provenance=mode=max',
        '--sbom=true',
        '--push',
        '-f',
        file,
        '--build-arg',
        'X=1',
        '-t',
        image,
        context,
      );
      const index = await manifest('attested', 'latest');
      const [own, beside] = index.manifests ?? [];
      expect(beside).toMatchObject({
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': own?.digest,
        },
        platform: { os: 'unknown', architecture: 'unknown' },
      });
      const { layers = [] } = await manifest('attested', beside?.digest ?? '');
      const statements = new Map<string, Record<string, unknown>>();
      for (const { digest, annotations } of layers)
        statements.set(annotations?.['in-toto.io/predicate-type'] ?? '', await document('attested', digest));
      const subject = [{ digest: { sha256: own?.digest.replace('sha256:', '') } }];
      expect(statements.get('https://slsa.dev/provenance/v0.2')).toMatchObject({
        subject,
        predicate: {
          buildType: 'https://mobyproject.org/buildkit@v1',
          materials: [{ uri: expect.stringContaining('/base@latest?platform=linux') as string }],
          invocation: { parameters: { frontend: 'dockerfile.v0', args: { 'build-arg:X': '1' } } },
        },
      });
      const packages = statements.get('https://spdx.dev/Document');
      expect(packages).toMatchObject({ subject, predicate: { spdxVersion: 'SPDX-2.3' } });
      const text = JSON.stringify(packages);
      for (const locator of [
        'pkg:deb/debian/zlib1g@1%3A1.2.13?arch=amd64&distro=debian-12',
        'pkg:apk/debian/musl@1.2.4-r1?arch=x86_64&distro=debian-12',
        'pkg:npm/%40s/p@3.0.0',
      ])
        expect(text).toContain(locator);
      expect(text).not.toContain('"gone"');
      // buildx reads them where it reads BuildKit's, and the image is an image.
      const read = second.docker(['buildx', 'imagetools', 'inspect', image, '--format', '{{json .SBOM}}'], {
        environment: { DOCKER_CONFIG: newer?.configuration },
      });
      expect(read.stdout, read.stderr).toContain('zlib1g');
      second.dockerOk(['pull', image]);
      // Nobody asked here: docker itself asks only where it costs nothing.
      buildx(first, '--push', '-t', `${registry.host}/plain`, context);
      expect(await manifest('plain', 'latest')).not.toHaveProperty('manifests');
    },
  );

  it.skipIf(newer === null)(`compresses layers as it is asked to${WITHOUT_NEWER}`, async () => {
    const types = async (name: string, ...attributes: string[]): Promise<string[]> => {
      const image = `${registry.host}/${name}`;
      // A layer of its own: one that is compressed already stays so.
      const file = write(`Dockerfile.${name}`, `FROM ${TEST_IMAGE}\nCOPY file /${name}\n`);
      buildx(first, '-f', file, '-o', [`type=image,name=${image},push=true`, ...attributes].join(','), context);
      const { layers = [] } = await manifest(name, 'latest');
      return layers.map(({ mediaType }) => mediaType.replace(/^.*\.tar/, ''));
    };
    expect((await types('zstd', 'compression=zstd', 'compression-level=9')).at(-1)).toBe('+zstd');
    expect(new Set(await types('forced', 'compression=zstd', 'force-compression=true'))).toEqual(new Set(['+zstd']));
    second.dockerOk(['pull', `${registry.host}/forced`]);
    expect(shown(second, `${registry.host}/forced`, 'cat', '/forced')).not.toBe('');
  });

  it.skipIf(newer === null)(`builds for several platforms where nothing has to run${WITHOUT_NEWER}`, async () => {
    const image = `${registry.host}/several`;
    const file = write('Several', 'FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY file /\n');
    const flags = ['--platform', 'linux/amd64,linux/arm64', '-f', file];
    expect(buildx(first, ...flags, '--push', '-t', image, context)).toContain('[linux/arm64 1/1] COPY file /');
    const { manifests = [] } = await manifest('several', 'latest');
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
    for (const { digest, platform } of manifests) {
      const { config } = await manifest('several', digest);
      expect(await document('several', config?.digest ?? '')).toMatchObject({
        architecture: platform.architecture,
        config: { Labels: { arch: platform.architecture } },
      });
    }
    const target = join(directory, 'several.tar');
    buildx(first, ...flags, '-o', `type=oci,dest=${target}`, context);
    const index = execFileSync('tar', ['-xOf', target, 'index.json']).toString();
    expect(JSON.parse(index)).toMatchObject({
      manifests: [{ mediaType: 'application/vnd.oci.image.index.v1+json' }],
    });
    const layout = join(directory, 'several');
    buildx(first, ...flags, '-o', `type=oci,tar=false,dest=${layout}`, context);
    const laid = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: { digest: string }[] };
    const archived = JSON.parse(index) as { manifests: { digest: string }[] };
    expect(laid.manifests.map(({ digest }) => digest)).toEqual(archived.manifests.map(({ digest }) => digest));
    const based = write('Based', 'FROM base\nCOPY --from=base /file /again\n');
    const base = ['--build-context', `base=oci-layout://${layout}`, '-f', based];
    for (const arch of ['amd64', 'arm64']) {
      const files = join(directory, `based-${arch}`);
      buildx(first, ...base, '--platform', `linux/${arch}`, '-o', `type=local,dest=${files}`, context);
      expect(readdirSync(files).sort()).toEqual(['again', 'file']);
    }
    const running = first.docker(['buildx', 'build', '--platform', 'linux/s390x', '-f', '-', context], {
      environment: { DOCKER_CONFIG: newer?.configuration },
      input: 'FROM scratch\nRUN ["/x"]\n',
    });
    expect(running.code).not.toBe(0);
    expect(running.stderr).toContain('cannot run programs for linux/s390x');
  });

  it.skipIf(newer === null)(`writes files with what is attested of them, for each platform${WITHOUT_NEWER}`, () => {
    const file = write('Files', 'FROM scratch\nCOPY file /d/one\nCOPY file /two\n');
    const sha256 = createHash('sha256')
      .update(readFileSync(join(context, 'file')))
      .digest('hex');
    const subject = ['d/one', 'two'].map((name) => ({ name, digest: { sha256 } }));
    const target = join(directory, 'files');
    buildx(first, '-f', file, '--sbom=true', '--provenance=true', '-o', target, context);
    for (const [name, predicateType] of [
      ['sbom.spdx.json', 'https://spdx.dev/Document'],
      ['provenance.json', 'https://slsa.dev/provenance/v0.2'],
    ] as const) {
      const statement = JSON.parse(readFileSync(join(target, name), 'utf8')) as Record<string, unknown>;
      expect(statement).toMatchObject({ _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject });
    }
    const tar = join(directory, 'files.tar');
    const both = ['--platform=linux/amd64,linux/arm64', '--build-arg=SOURCE_DATE_EPOCH=1000000000'];
    const output = `type=tar,dest=${tar},attestation-prefix=a-`;
    buildx(first, ...both, '--sbom=true', '-f', file, '-o', output, context);
    const listed = execFileSync('tar', ['--utc', '-tvf', tar]).toString().trim().split('\n');
    expect(listed.map((line) => line.split(/ +/).at(-1))).toEqual(
      ['linux_amd64', 'linux_arm64'].flatMap((where) =>
        ['', 'd/', 'd/one', 'two', 'a-sbom.spdx.json'].map((name) => `${where}/${name}`),
      ),
    );
    expect(listed.every((line) => line.includes('2001-09-09 01:46'))).toBe(true);
    // Without a directory for each they would overwrite each other.
    const mixed = first.docker(
      [
        'buildx',
        'build',
        '--platform=linux/amd64,linux/arm64',
        '-f',
        file,
        '-o',
        `${output},platform-split=0`,
        context,
      ],
      { environment: { DOCKER_CONFIG: newer?.configuration } },
    );
    expect(mixed.stderr).toContain('two results have the file d/one');
  });

  it.skipIf(newer === null)(`writes the same archive again at a given time${WITHOUT_NEWER}`, () => {
    const file = write(
      'Same',
      `FROM ${registry.host}/base\nCOPY file /d/\nRUN mkdir /m && echo a > /m/a && rm /etc/group\n`,
    );
    const archives = ['1', '2'].map((name) => {
      const target = join(directory, `same-${name}.tar`);
      const at = ['--no-cache', '--build-arg', 'SOURCE_DATE_EPOCH=1000000000'];
      buildx(first, ...at, '-f', file, '-o', `type=oci,dest=${target},rewrite-timestamp=true`, context);
      return readFileSync(target).toString('base64');
    });
    expect(archives[0] === archives[1]).toBe(true);
  });

  it.skipIf(newer === null)(`writes image archives that docker load reads${WITHOUT_NEWER}`, () => {
    for (const type of ['docker', 'oci']) {
      const target = join(directory, `${type}.tar`);
      buildx(first, '-o', `type=${type},dest=${target}`, '-t', `saved/${type}`, context);
      expect(second.dockerOk(['load', '-i', target])).toContain(`saved/${type}`);
      expect(shown(second, `saved/${type}`, 'cat', '/file')).toBe(readFileSync(join(context, 'file'), 'utf8'));
    }
  });

  it.skipIf(newer === null)(`answers questions about a Dockerfile without building it${WITHOUT_NEWER}`, () => {
    const file = write(
      'Questions',
      '# V which one\nARG V=1\n# one makes it\nFROM nowhere.invalid/x AS one\nARG V\nRUN --mount=type=secret,id=k,required x\nFROM one\nCMD a\n',
    );
    const ask = (question: string): string => buildx(first, `--print=${question}`, '-f', file, context);
    expect(ask('outline')).toMatch(/V +1 +which one\n[^]*k +true/);
    expect(ask('targets')).toMatch(/one +makes it\n.*\(default\)/);
    expect(ask('lint')).toMatch(
      /1 warning has been found!\n[^]*JSONArgsRecommended - .*\/json-args-recommended\/[^]*>>> CMD a/,
    );
  });

  it('fetches what ADD names, and whole contexts, from http and git servers', async () => {
    const repository = join(directory, 'git/repo');
    mkdirSync(join(repository, 'sub'), { recursive: true });
    writeFileSync(join(repository, 'Dockerfile'), `FROM ${registry.host}/base\nCOPY .git/HEAD top /\n`);
    writeFileSync(join(repository, 'top'), 'top of main');
    writeFileSync(join(repository, 'sub/Dockerfile'), `FROM ${registry.host}/base\nCOPY below /below\n`);
    writeFileSync(join(repository, 'sub/below'), 'below v1');
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args])
        .toString()
        .trim();
    git('init', '-q', '-b', 'main');
    // What `git archive` would leave out.
    writeFileSync(join(repository, '.gitattributes'), 'top export-ignore\n');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('tag', 'v1');
    const commit = git('rev-parse', 'HEAD');
    const ports = [await freePort(), await freePort()] as const;
    const place = ['--listen=127.0.0.1', `--port=${ports[0]}`, `--base-path=${join(directory, 'git')}`, '--export-all'];
    const daemon = spawn(join(execFileSync('git', ['--exec-path']).toString().trim(), 'git-daemon'), place);
    const tar = await contextTar({ Dockerfile: `FROM ${registry.host}/base\nCOPY t /t\n`, t: 'in a tar' });
    writeFileSync(join(directory, 'git/context.tar'), tar);
    writeFileSync(join(directory, 'git/text'), `FROM ${registry.host}/base\n`);
    git('update-server-info');
    const served = ['httpd', '-f', '-p', `127.0.0.1:${ports[1]}`, '-h', join(directory, 'git')];
    const server = spawn('busybox', served);
    try {
      for (const port of ports) await answers(port);
      const [remote, address] = [`git://127.0.0.1:${ports[0]}/repo`, `http://127.0.0.1:${ports[1]}/context.tar`];
      const sum = createHash('sha256').update(tar).digest('hex');
      // A server of mere files gives no part of a history; and an address of a Dockerfile is no context with others.
      for (const [file, query] of [
        ['repo/.git#main:sub', ''],
        ['text', '&dockerfile=other'],
      ] as const) {
        const asked = encodeURIComponent(`http://127.0.0.1:${ports[1]}/${file}`);
        expect((await first.api('POST', `/build?remote=${asked}${query}`)).body).toContain('Successfully built');
      }
      const added = (checksum: string): string =>
        write(
          'Added',
          `FROM ${registry.host}/base\nADD --checksum=sha256:${checksum} ${address} /got\nADD --checksum=${commit} ${remote}#v1:sub /sub\n`,
        );
      old(first, '-f', added(sum), '-t', 'added', context);
      expect(shown(first, 'added', 'sh', '-c', 'cat /sub/below; wc -c < /got')).toBe(`below v1${tar.length}`);
      const whole = write(
        'Whole',
        `FROM ${registry.host}/base\nADD --keep-git-dir=true ${remote}#v1 /whole\nADD --keep-git-dir=true ${remote}#v1:sub /sub\nRUN ${RANDOM} > /stamp\n`,
      );
      old(first, '-f', whole, '-t', 'whole', context);
      const kept = ['cat', '/whole/.git/HEAD', '/whole/.git/refs/tags/v1', '/whole/top'];
      expect(shown(first, 'whole', ...kept)).toBe(`${commit}\n${commit}\ntop of main`);
      expect(shown(first, 'whole', 'ls', '-A', '/whole', '/sub')).toBe(
        '/sub:\nDockerfile\nbelow\n\n/whole:\n.git\n.gitattributes\nDockerfile\nsub\ntop',
      );
      execFileSync('tar', ['-xf', '-', '-C', directory], {
        input: first.docker(['cp', `${first.dockerOk(['create', '--name', 'whole', 'whole'])}:/whole`, '-']).bytes,
      });
      first.dockerOk(['rm', 'whole']);
      const status = execFileSync('git', ['-C', join(directory, 'whole'), '-c', 'safe.directory=*', 'status', '-s']);
      expect(status.toString()).toBe('');
      const stamp = shown(first, 'whole', 'cat', '/stamp');
      old(first, '-f', whole, '-t', 'whole', context);
      expect(shown(first, 'whole', 'cat', '/stamp')).toBe(stamp);
      const wrong = first.docker(['build', '-f', added('0'.repeat(64)), context], { binary: '/usr/bin/docker' });
      expect(wrong.stderr).toContain(`digest mismatch sha256:${sum}`);
      for (const [source, file, text] of [
        [remote, '/top', 'top of main'],
        [`${remote}#v1:sub`, '/below', 'below v1'],
        [address, '/t', 'in a tar'],
      ] as const) {
        old(first, '-t', 'fetched', '--build-arg', 'BUILDKIT_CONTEXT_KEEP_GIT_DIR=1', source);
        expect(shown(first, 'fetched', 'cat', file)).toBe(text);
      }
    } finally {
      daemon.kill();
      server.kill();
    }
  });
});
