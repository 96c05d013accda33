using System.Buffers;
using System.Collections.Concurrent;
using FramedSockets.Faults.Child;
using FramedSockets.Faults.Support;
using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Faults.Sending;

/// <summary>Senders that change their mind.</summary>
public abstract class CancellationTests(TransportKind kind)
{
    public sealed class OverSockets() : CancellationTests(TransportKind.Sockets);

    public sealed class OverLinux() : CancellationTests(TransportKind.Linux);

    private const int Senders = 200;
    private readonly ConcurrentDictionary<long, bool> _sent = new();
    private long _last;

    [Case("R22")]
    public async Task A_cancelled_send_is_seen_whole_or_not_at_all()
    {
        await using var server = await ServerProcess.StartAsync(new() { Transport = kind, IsPatient = true });
        await using var connection = await Clients.ConnectAsync(server.EndPoint, kind);
        var seen = ReadAsync(connection);
        var start = TimeProvider.System.GetTimestamp();
        var most = TimeSpan.FromSeconds(60);
        await Crowd.RunAsync(Senders, Senders, async sender =>
        {
            var random = new Random(sender);
            for (var i = 0; Scale.IsFull ? TimeProvider.System.GetElapsedTime(start) < most : i < 20; i++)
            {
                await SendAsync(connection, random);
            }
        });
        await connection.SendAsync(new("echo", 0), default).Soon();
        var ids = await seen.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Empty(_sent.Where(one => one.Value).Select(one => one.Key).Except(ids));
        var cancelled = _sent.Count(one => !one.Value);
        Assert.NotEqual(0, cancelled);
        var whole = ids.Count(id => !_sent[id]);
        Figures.Record("R22", $"{_sent.Count:N0} sends, {cancelled:N0} cancelled, of which {whole:N0} were seen whole and none twice; no other frame lost or torn", kind);
    }

    /// <summary>Sends a frame, and perhaps cancels that within 5 ms.</summary>
    private async Task SendAsync(FrameConnection<Order> connection, Random random)
    {
        var id = Interlocked.Increment(ref _last);
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMicroseconds(random.Next(5000)));
        try
        {
            await connection.SendAsync(new("echo", id), Wire.Body(random.Next(65_537), (int)id), cancelled.Token);
            _sent[id] = true;
        }
        catch (OperationCanceledException)
        {
            _sent[id] = false;
        }
    }

    /// <summary>The numbers of all frames that came back whole, until the last.</summary>
    private static async Task<List<long>> ReadAsync(FrameConnection<Order> connection)
    {
        var ids = new List<long>();
        await foreach (var frame in connection.ReadAllAsync())
        {
            var id = frame.Header.Id;
            if (id == 0)
            {
                break;
            }

            Assert.Equal(Wire.Body((int)frame.BodyLength, (int)id), frame.Body.ToArray());
            ids.Add(id);
        }

        return ids;
    }
}
