using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>A busy echo over TCP, both sides and the whole process measured: nothing is allocated for a frame.</summary>
[Collection(nameof(Alone))]
public abstract class EchoAllocationTests(TransportKind kind)
{
    public sealed class OverSockets() : EchoAllocationTests(TransportKind.Sockets);

    public sealed class OverLinux() : EchoAllocationTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : EchoAllocationTests(TransportKind.LinuxInline);

    private const int Frames = 10_000;

    /// <summary>What the runtime and its thread pool may take meanwhile; a single small object a frame would be 240,000.</summary>
    private const long Tolerance = 48_000;

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    public async Task Ten_thousand_echoes_allocate_nothing(int inFlight)
    {
        var transport = Transports.Create(kind);
        await using var server = new TcpFrameServer<int>(
            new TagCodec(),
            (FrameConnection<int> connection, Frame<int> frame) => connection.SendAsync(frame.Header, frame.Body),
            new() { Transport = transport });
        await server.StartAsync().Soon();
        await using var connection = await new TcpFrameClient<int>(new TagCodec(), new() { Transport = transport }).ConnectAsync(server.LocalEndPoint!).Soon();
        for (var warm = 0; warm < 4; warm++)
        {
            await Echo(connection, inFlight, Frames).Soon();
        }

        var least = long.MaxValue;
        for (var round = 0; round < 5 && least > Tolerance; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            await Echo(connection, inFlight, Frames).Soon();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Assert.InRange(least, 0, Tolerance);
    }

    private static async Task Echo(FrameConnection<int> connection, int inFlight, int frames)
    {
        var body = new byte[32];
        for (var i = 0; i < inFlight; i++)
        {
            connection.Write(i, body);
        }

        for (var received = 0; received < frames;)
        {
            Assert.True(await connection.WaitToReadAsync());
            while (connection.TryRead(out var frame))
            {
                received++;
                if (received + inFlight <= frames)
                {
                    connection.Write(frame.Header, frame.Body);
                }
            }
        }
    }
}
