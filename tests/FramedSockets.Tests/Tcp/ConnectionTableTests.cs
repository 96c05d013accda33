using FramedSockets.Tcp;
using FramedSockets.Tests.Support;

namespace FramedSockets.Tests.Tcp;

public sealed class ConnectionTableTests
{
    private readonly ConnectionTable<object> _table = new();

    [Fact]
    public void Whoever_is_there_is_met_under_his_place()
    {
        var all = Enumerable.Range(0, 100).Select(_ => new object()).ToDictionary(_table.Add);
        Assert.Equal(Enumerable.Range(0, 100), all.Keys.Order());
        foreach (var place in all.Keys.Where(place => place % 3 == 0).ToArray())
        {
            _table.Remove(place);
            _ = all.Remove(place);
        }

        Assert.Equal(all.Count, _table.Count);
        Assert.Equal(all.OrderBy(one => one.Key).Select(one => (one.Key, one.Value)), _table.Walk());
    }

    [Fact]
    public void An_empty_place_is_taken_before_a_new_one()
    {
        var places = Enumerable.Range(0, 20).Select(_ => _table.Add(new object())).ToArray();
        _table.Remove(places[5]);
        _table.Remove(places[7]);
        Assert.Equal([5, 7], new[] { _table.Add(new object()), _table.Add(new object()) }.Order());
        Assert.Equal(20, _table.Add(new object()));
    }

    [Fact]
    public void It_is_as_new_when_all_have_gone()
    {
        for (var turn = 0; turn < 2; turn++)
        {
            Assert.Equal(Enumerable.Range(0, 40), Enumerable.Range(0, 40).Select(_ => _table.Add(new object())));
            Enumerable.Range(0, 40).Reverse().ToList().ForEach(_table.Remove);
            Assert.Equal(0, _table.Count);
            Assert.Empty(_table.Walk());
        }
    }

    [Fact]
    public async Task Whoever_stays_is_met_once_by_everybody_who_walks_while_others_come_and_go()
    {
        var stays = new HashSet<object>();
        for (var i = 0; i < 50; i++)
        {
            var passer = _table.Add(new object());
            var one = new object();
            _ = _table.Add(one);
            _ = stays.Add(one);
            _table.Remove(passer);
        }

        var passing = Enumerable.Range(0, 4).Select(_ => Task.Run(PassBy)).ToArray();
        for (var walk = 0; walk < 500; walk++)
        {
            Assert.Equal(stays.Count, _table.Walk().Count(met => stays.Contains(met.One)));
        }

        await Task.WhenAll(passing).Soon();
        Assert.Equal(stays, _table.Walk().Select(met => met.One).ToHashSet());
    }

    private void PassBy()
    {
        for (var i = 0; i < 2000; i++)
        {
            var places = Enumerable.Range(0, 1 + (i % 100)).Select(_ => _table.Add(new object())).ToArray();
            Array.ForEach(places, _table.Remove);
        }
    }
}
