using System.Buffers;
using System.Globalization;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

/// <summary>
/// Many connections that close and abort at random: no frame is lost, changed or out of order. FRAMEDSOCKETS_STRESS_FRAMES
/// makes it as long as one likes, over 1,000 connections at once.
/// </summary>
public abstract class RandomEndsTests(TransportKind kind)
{
    private readonly long _frames = long.TryParse(Environment.GetEnvironmentVariable("FRAMEDSOCKETS_STRESS_FRAMES"), CultureInfo.InvariantCulture, out var frames) ? frames : 0;

    public sealed class OverSockets() : RandomEndsTests(TransportKind.Sockets);

    public sealed class OverLinux() : RandomEndsTests(TransportKind.Linux);

    public sealed class OverLinuxInline() : RandomEndsTests(TransportKind.LinuxInline);

    [Fact]
    public async Task Nothing_is_lost_or_out_of_order()
    {
        var connections = _frames > 0 ? 1000 : 50;
        var left = _frames > 0 ? _frames : 50_000;
        await using var loopback = await Loopback.Start(kind, Loopback.Echo);
        var clients = Enumerable.Range(0, connections).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (Interlocked.Read(ref left) > 0)
            {
                var count = random.Next(1, 400);
                await Exchange(loopback, random, count);
                _ = Interlocked.Add(ref left, -count);
            }
        })).ToArray();
        await Task.WhenAll(clients).WaitAsync(TimeSpan.FromSeconds(30 + (_frames / 10_000)));
        await Timeouts.Until(() => loopback.Server.ConnectionCount == 0);
    }

    /// <summary>One connection: frames in bursts, each reply compared, and an end of one of three kinds, perhaps early.</summary>
    private static async Task Exchange(Loopback loopback, Random random, int count)
    {
        var connection = await loopback.Connect();
        var (id, sent, received) = (random.Next(1, 1 << 20), 0, 0);
        var body = Frames.Body(random.Next(100), id);
        var end = random.Next(4);
        while (received < count)
        {
            for (var burst = random.Next(1, 50); burst > 0 && sent < count; burst--)
            {
                connection.Write(id + sent++, body);
            }

            if (end == 0 && random.Next(8) == 0)
            {
                connection.Abort();
                break;
            }

            Assert.True(await connection.WaitToReadAsync());
            while (connection.TryRead(out var frame))
            {
                Assert.Equal(id + received++, frame.Header);
                Assert.Equal(body, frame.Body.ToArray());
            }
        }

        if (end == 1)
        {
            await connection.CompleteOutputAsync();
            Assert.False(await connection.WaitToReadAsync());
        }

        await connection.DisposeAsync();
    }
}
