import { formatAddress, formatPage } from '../memory/page.ts';
import type { NewTrigger, TriggerAction, TriggerCondition, TriggerMemory } from './trigger.ts';

const memoryText = (memory: TriggerMemory): string =>
  'mapping' in memory
    ? memory.mapping
    : `${formatPage(memory.start)}+0x${((memory.end - memory.start) * 4096).toString(16)}`;

/** A condition as `--trigger` takes it. */
export function conditionText(condition: TriggerCondition): string {
  switch (condition.kind) {
    case 'written':
      return `${memoryText(condition.memory)} written`;
    case 'pages': {
      const of = condition.memory === null ? '' : ` of ${memoryText(condition.memory)}`;
      return `${condition.atLeast} ${condition.atLeast === 1 ? 'page' : 'pages'}${of} written`;
    }
    case 'word':
      return `word ${formatAddress(condition.address)}:${condition.size} written`;
  }
}

/** An action as `--trigger` takes it. */
export function actionText(action: TriggerAction): string {
  switch (action.kind) {
    case 'mark':
      return action.note === '' ? 'mark' : `mark ${action.note}`;
    case 'snapshot':
      return `snapshot ${memoryText(action.range)}`;
    case 'stop-recording':
      return 'stop';
    case 'run':
      return `run ${action.command}`;
    default:
      return action.kind;
  }
}

export const triggerText = ({ condition, action }: Pick<NewTrigger, 'condition' | 'action'>): string =>
  `${conditionText(condition)} -> ${actionText(action)}`;
