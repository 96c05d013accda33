using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Support;

/// <summary>What the cases measured, for the table that <c>tests/faults.sh</c> prints: a line each, in the file it names.</summary>
internal static class Figures
{
    private static readonly Lock Gate = new();
    private static readonly string? Path = Environment.GetEnvironmentVariable("FRAMEDSOCKETS_FIGURES");

    public static void Record(string id, FormattableString figure, TransportKind kind = TransportKind.Sockets) =>
        Write(id, $"{(Transports.ToUsable(kind) == TransportKind.Sockets ? "" : "over the Linux transport: ")}{FormattableString.Invariant(figure)}");

    public static void Lacks(string id, string reason) => Write(id, $"not run here: {reason}");

    private static void Write(string id, string text)
    {
        if (Path is { Length: > 0 })
        {
            lock (Gate)
            {
                File.AppendAllText(Path, $"{id}\t{text}\n");
            }
        }
    }
}
