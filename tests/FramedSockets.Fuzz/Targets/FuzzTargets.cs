using FramedSockets.Fuzz.Engine;

namespace FramedSockets.Fuzz.Targets;

/// <summary>The targets, by name.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<string> Names { get; } = ["length", "json", "varint", "text", "reader", "writer"];

    public static IFuzzTarget Create(string name) => name switch
    {
        "length" => new LengthTarget(),
        "json" => new JsonTarget(),
        "varint" => new VarintTarget(),
        "text" => new TextTarget(),
        "reader" => new ReaderTarget(),
        "writer" => new WriterTarget(),
        _ => throw new ArgumentException($"There is no target '{name}': there are {string.Join(", ", Names)}.", nameof(name)),
    };
}
