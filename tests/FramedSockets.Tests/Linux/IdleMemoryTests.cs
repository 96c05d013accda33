using System.IO.Pipelines;
using System.Net;
using System.Runtime.Versioning;
using FramedSockets.Linux;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Linux;

/// <summary>What a connection of the transport holds while nothing happens on it.</summary>
[Collection(nameof(Alone))]
[SupportedOSPlatform("linux")]
public sealed class IdleMemoryTests
{
    private const int Pairs = 300;
    private const long Most = 1536;

    [LinuxTheory]
    [InlineData(LinuxScheduling.ThreadPool)]
    [InlineData(LinuxScheduling.Inline)]
    public async Task An_idle_connection_holds_little_even_after_it_was_busy(LinuxScheduling scheduling)
    {
        var transport = new LinuxTransport(new() { Scheduling = scheduling, LoopCount = 1 });
        await using var listener = await transport.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0)).Soon();
        var connections = new List<ITransportConnection>();
        var reads = new List<ValueTask<ReadResult>>();
        await Open();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Pairs; i++)
        {
            await Open();
        }

        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / (2 * Pairs);
        Assert.InRange(each, 0, Most);
        foreach (var connection in connections)
        {
            connection.Abort();
            await connection.DisposeAsync().Soon();
        }

        async Task Open()
        {
            var connecting = transport.ConnectAsync(listener.EndPoint).Soon();
            var here = (await listener.AcceptAsync().Soon())!;
            var there = await connecting;
            connections.AddRange([here, there]);
            _ = await there.Output.WriteAsync(new byte[10_000]).Soon();
            var result = await here.Input.ReadAtLeastAsync(10_000).Soon();
            here.Input.AdvanceTo(result.Buffer.End);
            reads.AddRange([here.Input.ReadAsync(), there.Input.ReadAsync()]);
        }
    }
}
