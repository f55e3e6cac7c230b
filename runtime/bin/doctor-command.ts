import { parseArgs } from 'node:util';
import { examine, type Diagnosis } from '../engine/doctor/doctor.ts';
import { messageOf } from '../engine/errors.ts';
import { enginePaths } from '../engine/system/paths.ts';

const HELP = `Usage: berth doctor [OPTIONS]

Examine this machine, the engine's store, and what may have been left behind

Options:
      --deep             Also read all content and check its digests
      --repair           Put right what can be put right without risk (not beside a running engine)
      --format FORMAT    "list" or "json" (default "list")
      --data-root DIR    Images, containers and volumes
      --exec-root DIR    Sockets and other state of running containers
  -h, --help             Print this help
`;

const SIGNS = { ok: 'ok      ', warning: 'warning ', problem: 'PROBLEM ' } as const;

/** `berth doctor`. Returns 0, or 1 when there is a problem that is still there, 125 for a wrong option. */
export async function runDoctorCommand(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: [...args],
      options: {
        deep: { type: 'boolean', default: false },
        repair: { type: 'boolean', default: false },
        format: { type: 'string', default: 'list' },
        'data-root': { type: 'string' },
        'exec-root': { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
    if (options.format !== 'list' && options.format !== 'json')
      throw new Error(`unknown format ${options.format}: list or json`);
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nSee 'berth doctor --help'.\n`);
    return 125;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const paths = enginePaths(process.getuid?.() ?? 0, process.env, {
    dataRoot: options['data-root'],
    execRoot: options['exec-root'],
  });
  const findings = await examine(paths, options);
  process.stdout.write(options.format === 'json' ? `${JSON.stringify(findings, null, 2)}\n` : listing(findings));
  return findings.some(({ status, repaired }) => status === 'problem' && !repaired) ? 1 : 0;
}

function listing(findings: readonly Diagnosis[]): string {
  return findings
    .map(({ status, text, advice, repaired }) => {
      const after = repaired ? '\n         repaired' : advice === '' ? '' : `\n         ${advice}`;
      return `${SIGNS[status]} ${text}${after}\n`;
    })
    .join('');
}
