import { AwsError } from "../errors.js";
import { pageOf as pageOfList } from "../paging.js";
import { validation } from "./errors.js";

/** One page of a list in order of `keyOf`, 100 items where nothing is said. @throws AwsError ValidationException for a token of another question */
export function pageOf<Item>(listing: {
  readonly question: readonly unknown[];
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly size: number | undefined;
  readonly nextToken: string | undefined;
}): { readonly items: readonly Item[]; readonly rest: { readonly NextToken?: string } } {
  const { keyOf, size = 100, ...given } = listing;
  try {
    return pageOfList({ ...given, size, positionOf: (item) => [keyOf(item), 0], emptyPages: false });
  } catch (error) {
    if (error instanceof AwsError) throw validation("Invalid NextToken provided.");
    throw error;
  }
}
