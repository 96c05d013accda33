using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;

namespace FramedSockets.Tests.Support;

/// <summary>What the meter counts of one server: the name of the instrument, or the name and the reason, with the sum.</summary>
internal sealed class ServerCounts : IDisposable
{
    private readonly ConcurrentDictionary<(string Server, string Name), long> _sums = new();
    private readonly MeterListener _listener = new();

    public ServerCounts()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "FramedSockets")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument.Name, value, tags));
        _listener.Start();
    }

    public long Of(EndPoint server, string name) => _sums.GetValueOrDefault((server.ToString()!, name));

    /// <summary>The sum of all whose name begins so.</summary>
    public long SumOf(EndPoint server, string start) => _sums
        .Where(sum => sum.Key.Server == server.ToString() && sum.Key.Name.StartsWith(start, StringComparison.Ordinal)).Sum(sum => sum.Value);

    public void Dispose() => _listener.Dispose();

    private void Add(string name, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var server = tags[0].Value!.ToString()!;
        name = name["framedsockets.server.".Length..] + (tags.Length > 1 ? $" {tags[1].Value}" : "");
        _ = _sums.AddOrUpdate((server, name), value, (_, sum) => sum + value);
    }
}
