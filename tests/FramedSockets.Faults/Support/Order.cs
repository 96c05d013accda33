using System.Text.Json.Serialization;

namespace FramedSockets.Faults.Support;

/// <summary>The header of all cases.</summary>
/// <param name="Do">What the server is to do with the frame: <see cref="Child.ChildServer"/> has the words.</param>
/// <param name="Id">A number of the sender's.</param>
/// <param name="Filesize">The body's length.</param>
public record struct Order(string? Do, long Id, long Filesize = 0);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
internal sealed partial class OrderJson : JsonSerializerContext;
