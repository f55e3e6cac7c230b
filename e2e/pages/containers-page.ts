import type { Locator, Page } from '@playwright/test';

/** The containers list and what hangs on it. */
export class ContainersPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(): Promise<void> {
    await this.page.getByRole('link', { name: /^Containers/ }).click();
  }

  row(name: string): Locator {
    return this.page.getByRole('row', { name: new RegExp(`^${name},`) });
  }

  filter(): Locator {
    return this.page.getByLabel('Filter containers');
  }

  async select(name: string): Promise<void> {
    await this.page.getByRole('checkbox', { name: `Select ${name},` }).click();
  }

  bulk(): Locator {
    return this.page.getByRole('toolbar', { name: 'Actions for the selection' });
  }

  /** Opens a container and one of its views. */
  async openView(name: string, view: string): Promise<void> {
    await this.row(name).click();
    const views = this.page.getByRole('navigation', { name: `Views of ${name}` });
    await views.getByRole('link', { name: view, exact: true }).click();
  }

  log(): Locator {
    return this.page.getByRole('log');
  }
}
