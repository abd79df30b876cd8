import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardFocus } from './focus-guard.ts';

const frames = async (count = 4): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
};
let end: () => void;
beforeEach(() => {
  document.body.innerHTML = `
    <div id="window" tabindex="-1">
      <section id="panel" tabindex="-1"><div><button id="one">One</button><button id="two">Two</button></div></section>
    </div>`;
  end = guardFocus(byId('window'));
});
afterEach(() => end());

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no #${id}`);
  return found;
}

describe('the focus', () => {
  it('is in the window from the beginning', async () => {
    await frames();
    expect(document.activeElement?.id).toBe('window');
  });

  it('goes to the panel around what is removed, and to the window if the panel goes too', async () => {
    byId('one').focus();
    byId('one').remove();
    await frames();
    expect(document.activeElement?.id).toBe('panel');
    byId('two').focus();
    byId('panel').remove();
    await frames();
    expect(document.activeElement?.id).toBe('window');
  });

  it('stays if something else has taken it meanwhile', async () => {
    byId('one').focus();
    byId('one').remove();
    byId('two').focus();
    await frames();
    expect(document.activeElement?.id).toBe('two');
  });

  it('is not left on nothing by a blur', async () => {
    byId('one').focus();
    byId('one').blur();
    await frames();
    expect(document.activeElement?.id).toBe('panel');
  });
});
