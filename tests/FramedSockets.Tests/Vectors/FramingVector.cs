using System.Text.Json;

namespace FramedSockets.Tests.Vectors;

/// <summary>A stream of bytes, and what a framing has to make of it.</summary>
public sealed record FramingVector(string Name, JsonElement Codec, byte[] Wire, IReadOnlyList<FramingVector.Frame> Frames, FramedSocketError? Error)
{
    /// <summary>The folder of further vector files.</summary>
    private const string FolderVariable = "FRAMEDSOCKETS_VECTORS";

    private static readonly Lazy<IReadOnlyList<FramingVector>> Loaded = new(Load);

    /// <summary>All vectors: those of the project, and those of the folder that the environment names.</summary>
    public static IReadOnlyList<FramingVector> All => Loaded.Value;

    public override string ToString() => Name;

    private static FramingVector[] Load()
    {
        var own = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Vectors"), "*.json");
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        var others = string.IsNullOrEmpty(folder) ? Array.Empty<string>() : Directory.GetFiles(folder, "*.json");
        return [.. own.Order(StringComparer.Ordinal).Concat(others.Order(StringComparer.Ordinal)).SelectMany(Read)];
    }

    private static IEnumerable<FramingVector> Read(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(file));
        foreach (var element in document.RootElement.EnumerateArray())
        {
            var error = element.GetProperty("error").GetString();
            yield return new(
                element.GetProperty("name").GetString()!,
                element.GetProperty("codec").Clone(),
                Convert.FromHexString(element.GetProperty("wire").GetString()!),
                [.. element.GetProperty("frames").EnumerateArray().Select(frame => new Frame(Hex(frame, "header"), Hex(frame, "body")))],
                error is null ? null : Enum.Parse<FramedSocketError>(error));
        }
    }

    private static string Hex(JsonElement frame, string name) => frame.GetProperty(name).GetString()!.ToUpperInvariant();

    /// <summary>A frame, in hexadecimal.</summary>
    public sealed record Frame(string Header, string Body);
}
