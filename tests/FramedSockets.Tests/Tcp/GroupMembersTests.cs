using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

/// <summary>Who is in a group, for those who come and go and for those who walk.</summary>
public sealed class GroupMembersTests
{
    private readonly GroupMembers<object> _members = new();

    [Fact]
    public void They_are_walked_in_the_order_in_which_they_came()
    {
        var all = Enumerable.Range(0, 100).Select(_ => new object()).ToArray();
        Assert.All(all, one => Assert.True(_members.TryAdd(one)));
        Assert.All(all, one => Assert.False(_members.TryAdd(one)));
        Assert.Equal(all, Walk());
        Assert.Equal(100, _members.Count);
    }

    [Fact]
    public void Who_leaves_and_comes_back_is_not_met_twice()
    {
        object first = new(), second = new(), third = new();
        Assert.True(_members.TryAdd(first) && _members.TryAdd(second));
        var walk = _members.All;
        Assert.True(_members.TryRemove(first) && _members.TryAdd(first) && _members.TryAdd(third));
        Assert.Equal([null, second], walk.ToArray());
        Assert.Equal([second, first, third], Walk());
        Assert.False(_members.TryRemove(new()));
    }

    [Fact]
    public void The_places_of_those_who_left_do_not_add_up()
    {
        object stays = new();
        Assert.True(_members.TryAdd(stays));
        for (var i = 0; i < 1000; i++)
        {
            object comes = new();
            Assert.True(_members.TryAdd(comes) && _members.TryRemove(comes));
            Assert.InRange(_members.All.Length, 1, 4);
        }

        Assert.Equal([stays], Walk());
        Assert.True(_members.TryRemove(stays));
        Assert.Equal((0, 0), (_members.Count, _members.All.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void They_are_those_who_came_less_those_who_left(int seed)
    {
        var random = new Random(seed);
        var expected = new List<object>();
        for (var i = 0; i < 2000; i++)
        {
            if (expected.Count == 0 || random.Next(100) < (i < 1000 ? 70 : 30))
            {
                expected.Add(new());
                Assert.True(_members.TryAdd(expected[^1]));
            }
            else
            {
                var at = random.Next(expected.Count);
                Assert.True(_members.TryRemove(expected[at]));
                expected.RemoveAt(at);
            }

            Assert.Equal(expected.Count, _members.Count);
            Assert.Equal(expected, Walk());
        }
    }

    private object[] Walk() => [.. _members.All.ToArray().OfType<object>()];
}
