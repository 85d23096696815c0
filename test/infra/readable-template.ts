import * as z from "zod/mini";

const templateShape = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z._default(z.record(z.string(), z.unknown()), {}),
      DeletionPolicy: z.optional(z.string()),
      DependsOn: z.optional(z.array(z.string())),
    }),
  ),
  Outputs: z._default(z.record(z.string(), z.looseObject({ Value: z.unknown() })), {}),
});

const ref = z.strictObject({ Ref: z.string() });
const getAtt = z.strictObject({ "Fn::GetAtt": z.tuple([z.string(), z.string()]) });
const joined = z.strictObject({ "Fn::Join": z.tuple([z.literal(""), z.array(z.string())]) });
const substituted = z.strictObject({ "Fn::Sub": z.string() });

/**
 * A synthesised template with its references turned into text, so that tests can compare whole statements:
 * `ref <resource>`, `Arn of <resource>`, `<AWS::Region>`. A secret goes by its name, anything else by its
 * logical id without the hash.
 */
export function readableTemplate(json: unknown): z.output<typeof templateShape> {
  const { Resources } = templateShape.parse(json);
  const nameOf = (id: string): string => {
    const resource = Resources[id];
    if (resource?.Type === "AWS::SecretsManager::Secret") return String(resource.Properties["Name"]);
    return id.startsWith("AWS::") ? `<${id}>` : id.replace(/[0-9A-F]{8}$/, "");
  };
  const text = JSON.stringify(json);
  return templateShape.parse(
    JSON.parse(text, (key, value: unknown) => {
      if (key === "Resources") {
        return Object.fromEntries(Object.entries(value ?? {}).map(([id, it]) => [nameOf(id), it]));
      }
      const one = ref.safeParse(value);
      if (one.success)
        return one.data.Ref.startsWith("AWS::") ? nameOf(one.data.Ref) : `ref ${nameOf(one.data.Ref)}`;
      const attribute = getAtt.safeParse(value);
      if (attribute.success) {
        const [id, name] = attribute.data["Fn::GetAtt"];
        return `${name} of ${nameOf(id)}`;
      }
      const join = joined.safeParse(value);
      if (join.success) return join.data["Fn::Join"][1].join("");
      const sub = substituted.safeParse(value);
      return sub.success ? sub.data["Fn::Sub"] : value;
    }),
  );
}
