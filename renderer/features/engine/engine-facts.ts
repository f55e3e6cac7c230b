import type { EngineInfo } from '../../../runtime/contract/contract.ts';
import { engine as texts } from '../../strings/engine.ts';
import { formatBytes } from '../../ui/format.ts';

/** What an engine is and what it runs on, as names and values; the same wherever it is told. */
export function engineFacts(info: EngineInfo): readonly (readonly [name: string, value: string])[] {
  return [
    [texts.engine, `${info.name} ${info.version}`],
    [texts.api, info.apiVersion],
    [texts.runsAs, info.rootless ? texts.ordinaryUser : texts.root],
    [texts.machine, texts.machineText(info.cpus, formatBytes(info.memoryBytes))],
    [texts.kernel, info.kernel],
    [texts.cgroups, `v${info.cgroupVersion}`],
  ];
}
