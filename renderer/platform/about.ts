import * as z from 'zod/mini';

const schema = z.object({
  version: z.string(),
  packages: z.array(z.object({ name: z.string(), version: z.string(), licence: z.string(), text: z.string() })),
});
/** The page's version, and the packages that are in it with their licences. */
export type AboutPage = z.infer<typeof schema>;

/** Reads what the build wrote down about the page. Rejects when it did not come with it. */
export async function readAbout(): Promise<AboutPage> {
  const answer = await fetch('./about.json');
  return schema.parse(await answer.json());
}
