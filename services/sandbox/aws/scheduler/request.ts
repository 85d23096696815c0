import type { FakeRequest } from "../../../../providers/kit/fake.js";
import { AwsError } from "../errors.js";

/** A request of Scheduler's REST API, read. */
export interface Call {
  readonly operation: string;
  /** The path's pattern, for the journal. */
  readonly route: string;
  /** Members from path, query and body, under their names in the API. */
  readonly input: unknown;
}

interface Route {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  /** Name in the query → member. */
  readonly query?: Readonly<Record<string, string>>;
}

const paging = { MaxResults: "MaxResults", NextToken: "NextToken", NamePrefix: "NamePrefix" };
const ofSchedule = { groupName: "GroupName", clientToken: "ClientToken" };

/** @see https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
export const routes: readonly Route[] = [
  { operation: "CreateSchedule", method: "POST", path: "/schedules/{Name}" },
  { operation: "CreateScheduleGroup", method: "POST", path: "/schedule-groups/{Name}" },
  { operation: "DeleteSchedule", method: "DELETE", path: "/schedules/{Name}", query: ofSchedule },
  {
    operation: "DeleteScheduleGroup",
    method: "DELETE",
    path: "/schedule-groups/{Name}",
    query: { clientToken: "ClientToken" },
  },
  { operation: "GetSchedule", method: "GET", path: "/schedules/{Name}", query: ofSchedule },
  { operation: "GetScheduleGroup", method: "GET", path: "/schedule-groups/{Name}" },
  { operation: "ListScheduleGroups", method: "GET", path: "/schedule-groups", query: paging },
  {
    operation: "ListSchedules",
    method: "GET",
    path: "/schedules",
    query: { ...paging, ScheduleGroup: "GroupName", State: "State" },
  },
  { operation: "ListTagsForResource", method: "GET", path: "/tags/{ResourceArn}" },
  { operation: "TagResource", method: "POST", path: "/tags/{ResourceArn}" },
  {
    operation: "UntagResource",
    method: "DELETE",
    path: "/tags/{ResourceArn}",
    query: { TagKeys: "TagKeys" },
  },
  { operation: "UpdateSchedule", method: "PUT", path: "/schedules/{Name}" },
];

/** @throws AwsError UnknownOperationException, SerializationException */
export function callOf(request: FakeRequest): Call {
  for (const route of routes) {
    const named = route.method === request.method ? matched(route.path, request.path) : undefined;
    if (!named) continue;
    const input = { ...bodyOf(request), ...queried(route.query ?? {}, request.query), ...named };
    return { operation: route.operation, route: route.path, input };
  }
  throw new AwsError(
    "UnknownOperationException",
    `The sandbox's Scheduler does not know ${request.method} ${request.path.split("/", 2).join("/")}.`,
    404,
  );
}

function matched(pattern: string, path: string): Record<string, string> | undefined {
  const [, head, member, ...more] = pattern.split("/");
  const [, first, value, ...rest] = path.split("/");
  if (first !== head || more.length + rest.length > 0 || (member === undefined) !== (value === undefined)) {
    return undefined;
  }
  if (member === undefined || value === undefined) return {};
  try {
    return { [member.slice(1, -1)]: decodeURIComponent(value) };
  } catch {
    return undefined;
  }
}

function queried(members: Readonly<Record<string, string>>, query: URLSearchParams): object {
  const given = Object.entries(members).filter(([name]) => query.has(name));
  return Object.fromEntries(
    given.map(([name, member]) => {
      if (member === "TagKeys") return [member, query.getAll(name)];
      const value = query.get(name) ?? "";
      return [member, member === "MaxResults" && /^-?\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

function bodyOf({ body }: FakeRequest): object {
  const value = body === "" ? {} : jsonOf(body);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new AwsError("SerializationException", "The request's body is not a JSON object.");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
