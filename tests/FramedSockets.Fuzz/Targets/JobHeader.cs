using System.Text.Json.Serialization;

namespace FramedSockets.Fuzz.Targets;

/// <summary>A plain struct: read and written without the serializer.</summary>
public readonly record struct JobHeader(string? Cmd, int Id, bool Urgent, long Size);

/// <summary>The same members in a class, which is the serializer's.</summary>
public sealed record JobRecord(string? Cmd, int Id, bool Urgent, long Size);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(JobHeader))]
[JsonSerializable(typeof(JobRecord))]
internal sealed partial class JobContext : JsonSerializerContext;
