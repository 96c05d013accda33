using System.Text.Json;
using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Tour;

/// <summary>Plain Python as the other side of the tour: Peers/tour.py.</summary>
internal sealed record Peer(RunningProcess Process, string Address) : IAsyncDisposable
{
    /// <summary>A client.</summary>
    public static Peer Connect(string command, string framing, string address, params string[] arguments) =>
        new(Python.Run("tour.py", [command, framing, address, .. arguments]), address);

    /// <summary>A server, which listens.</summary>
    public static async Task<Peer> ListenAsync(string command, string framing, string host, params string[] arguments)
    {
        var process = Python.Run("tour.py", [command, framing, Wires.Address(host, "0"), .. arguments]);
        return new(process, Wires.Address(host, await process.ReadLineAsync()));
    }

    /// <summary>The next text that it prints.</summary>
    public async Task<string?> HearAsync() => JsonSerializer.Deserialize<string>(await Process.ReadLineAsync());

    /// <summary>All that a client prints to its end, which is a good one.</summary>
    public async Task<IReadOnlyList<string?>> HearAllAsync()
    {
        var outcome = await Process.EndAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(0, outcome.ExitCode);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<string>(line))];
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
